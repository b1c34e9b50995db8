"""The playbook's further reasons to escalate: keywords, time, amounts, tiers and account managers."""

import pytest

from policies.contract.messages import read_facts
from policies.loading.load import PolicyError
from tests.cases import case
from tests.policies.stories import Play, at, policy_of, told
from tests.policies.understanding.readings import reading

POLICY = policy_of(case("policies/understanding/signs"))


def says(play: Play, when: float, text: str) -> list[tuple[str, ...]]:
    return told(play.tell("message", when, author="customer", text=text, event_id=f"m-{when}").effects)


def test_a_keyword_counts_by_messages() -> None:
    """A rule on a keyword fires at the second message with the word and not again; twice in a message counts once."""
    play = Play(POLICY)
    assert says(play, 1, "My lawyer, yes my LAWYER, will hear of this") == []
    assert says(play, 2, "Hello?") == []
    assert says(play, 3, "The attorney is here") == [("assign", "tier-2"), ("tag", "lawyer")]
    assert says(play, 4, "Lawyer!") == []
    assert play.now.understanding.mentions == (("lawyer", 3),)


WROTE = "On Mon, 3 Nov 2025 at 10:00, ACME <help@acme.example> wrote:\n"
SORRY, ASKS = "> We are sorry for the delay.\n" * 1_500, "> Has your lawyer written?\n" * 1_000


@pytest.mark.parametrize(
    "text",
    [
        f"{WROTE}{SORRY}\nMy lawyer will call.",
        f"<style>{'p{}' * 4_000}</style><p>My <b>law</b>yer will call.</p>",
        f"{'Hello again, it is not working. ' * 100} My lawyer will call.",
        "My law\u00adyer will call.",
    ],
    ids=["beneath a long quote", "behind a long style", "further down than 2,000 characters", "with a soft hyphen"],
)
def test_a_keyword_is_heard_where_the_customer_wrote_it(text: str) -> None:
    """An answer beneath a quote of 45 kB, in HTML or far down is read for keywords; before edition 3 it was not."""
    play, before = Play(POLICY), Play(POLICY, edition=2)
    for each in (play, before):
        edition = each.now.edition
        body = {"author": "customer", "text": text, "occurred_at": at(1).isoformat()}
        for event in read_facts("message", body, now=at(1), fallback_id="m", edition=edition):
            each.feed(event, 1)
    assert play.now.understanding.mentions == (("lawyer", 1),)
    assert before.now.understanding.mentions == ()


def test_a_quotation_alone_mentions_nothing() -> None:
    """A long quotation beneath a thank-you mentions nothing, though the word is in it a thousand times."""
    play = Play(POLICY)
    says(play, 1, f"Thanks!\n\n{WROTE}{ASKS}")
    assert play.now.understanding.mentions == ()


def test_unresolved_for_ten_minutes_goes_up() -> None:
    """A conversation that is not resolved within ten minutes goes up a tier, even if it was answered in between."""
    play = Play(POLICY)
    play.answer(4)
    play.customer(6)
    assert told(play.wake(10).effects) == [("assign", "tier-2")]
    done = Play(POLICY)
    done.tell("status_changed", 9, status="resolved")
    assert done.wake(10).effects == ()


@pytest.mark.parametrize(("amount", "goes_up"), [(250.0, True), (99.0, False), (None, False)])
def test_a_refund_above_an_amount_goes_to_billing(amount: float | None, goes_up: bool) -> None:
    """A refund above the amount goes to Billing; a smaller one, or one without an amount, does not."""
    play = Play(POLICY)
    play.customer(1)
    decision = play.feed(reading(1, "customer-1", risks=("refund",), amount=amount), 1)
    assert told(decision.effects) == ([("assign", "billing")] if goes_up else [])


def test_a_new_enterprise_customer_gets_their_manager() -> None:
    """A customer who becomes an enterprise customer gets their account manager, who is told in Slack, once."""
    play = Play(POLICY, customer={"tier": "pro", "account_manager": "mia"})
    decision = play.tell("customer_updated", 2, customer={"tier": "enterprise"})
    assert told(decision.effects) == [("assign", "tier-2", "mia"), ("notify", "person:mia", "Upgraded — c")]
    assert told(play.tell("customer_updated", 3, customer={"plan": "gold"}).effects) == []


def test_without_a_manager_the_team_gets_it() -> None:
    """A customer without an account manager in the policy gets the team, and the timeline says who was not told."""
    play = Play(POLICY, customer={"tier": "pro"})
    assert told(play.tell("customer_updated", 2, customer={"tier": "enterprise"}).effects) == [("assign", "tier-2")]
    assert any("account-manager not told, nobody is the customer's" in entry.text for entry in play.now.told.timeline)


def test_the_tag_escalate_escalates() -> None:
    """An agent who tags a conversation `escalate` escalates it."""
    play = Play(POLICY)
    assert told(play.tell("tag_added", 2, tag="escalate", by="anna").effects) == [("assign", "tier-2")]
    assert play.now.responsible.reason == "agent_judgement"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "rules: [{name: a, on: {mentioned: lawyr}, do: [{tag: x}]}]",
            "there is no keyword `lawyr`: did you mean `lawyer`?",
        ),
        ("rules: [{name: a, on: {event: message, times: 2}, do: [{tag: x}]}]", "`times` belongs to a keyword"),
        (
            "rules: [{name: a, on: message, do: [{tag: x}]}]",
            "no rule listens to it: add one with `on: {mentioned: lawyer",
        ),
    ],
)
def test_a_keyword_without_a_listener_is_refused(text: str, sentence: str) -> None:
    """A keyword that is misspelt in a rule, or that no rule listens to, is refused."""
    with pytest.raises(PolicyError) as error:
        policy_of(f"\n{text}\ninsight: {{keywords: {{lawyer: lawyer}}}}\n")
    assert sentence in str(error.value)


def test_quoted_mail_mentions_nothing() -> None:
    """A keyword in our own quoted mail beneath the customer's answer does not count."""
    play = Play(POLICY)
    says(play, 1, "Thanks!\n\nOn Mon, 3 Nov 2025 at 10:00, ACME <help@acme.example> wrote:\n> Our lawyer wrote this")
    assert play.now.understanding.mentions == ()
