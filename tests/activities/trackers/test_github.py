"""Bug reports as issues on GitHub, behind a real socket."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio.exceptions import ApplicationError

from activities.effects.errors import is_permanent
from activities.trackers.github import GitHubIssues, GitHubUnavailableError
from policies.state.effects import ReportBug
from tests.activities.conftest import Attempt
from tests.fakes.github import REPOSITORY, TOKEN, FakeGitHub

AN_HOUR_AGO = datetime.now(UTC) - timedelta(hours=1)


@pytest.fixture
async def github() -> AsyncIterator[FakeGitHub]:
    async with FakeGitHub() as made:
        yield made


@pytest.fixture
def tracker(github: FakeGitHub) -> GitHubIssues:
    return GitHubIssues(REPOSITORY, TOKEN, github.url)


def report(number: int = 1, **fields: Any) -> ReportBug:
    said = {"title": "Checkout crashes", "steps": "Open the cart, press Pay.", "impact": "No orders", **fields}
    return ReportBug(
        key=f"c-17/rule/bug/{number}", conversation_id="c-17", due_at=AN_HOUR_AGO, because="a defect", **said
    )


async def test_a_bug_report_becomes_an_issue(tracker: GitHubIssues, github: FakeGitHub, attempt: Attempt) -> None:
    """A bug report becomes an issue with steps, impact and links, and the timeline gets its address."""
    accepted = await attempt(tracker.report, report(links=("conversation c-17",)))
    assert accepted.ref == "https://github.example/acme/shop/issues/1"
    (issue,) = github.issues
    assert issue["title"] == "Checkout crashes"
    assert issue["body"].startswith(
        "### Steps\n\nOpen the cart, press Pay.\n\n### Impact\n\nNo orders\n\n### Links\n\n- conversation c-17\n\n"
        "Reported by Baton from conversation c-17.\n\n<!-- baton:"
    )


async def test_a_report_whose_answer_was_lost_is_found_again(
    tracker: GitHubIssues, github: FakeGitHub, attempt: Attempt
) -> None:
    """An issue whose confirmation was lost is found by its mark among two hundred others, and no second one is made."""
    github.loses_answers = True
    with pytest.raises(GitHubUnavailableError):
        await attempt(tracker.report, report())
    github.loses_answers = False
    for number in range(2, 202):
        await attempt(tracker.report, report(number))
    accepted = await attempt(tracker.report, report())
    assert (accepted.ref, accepted.repeated) == ("https://github.example/acme/shop/issues/1", True)
    assert len(github.issues) == 201


async def test_words_of_customers_call_no_person_on_github(
    tracker: GitHubIssues, github: FakeGitHub, attempt: Attempt
) -> None:
    """Words of a customer mention no account and no issue on GitHub, hide no mark, and are cut where they are long."""
    sly = "@octocat broke #12 <!-- baton:0123 --> " + "x" * 70_000
    await attempt(tracker.report, report(title=sly, steps=sly))
    (issue,) = github.issues
    assert "@octocat" not in issue["title"] + issue["body"]
    assert "#12" not in issue["title"] + issue["body"]
    assert issue["body"].count("<!--") == 1


@pytest.mark.parametrize(
    ("status", "headers", "waits"),
    [
        (403, {"Retry-After": "60"}, 60),
        (429, {}, 60),
        (429, {"Retry-After": "7"}, 7),
    ],
)
async def test_github_says_when_to_come_back(
    tracker: GitHubIssues,
    github: FakeGitHub,
    attempt: Attempt,
    status: int,
    headers: dict[str, str],
    waits: float,
) -> None:
    """Where GitHub limits Baton, the next attempt waits as long as GitHub asks, a minute where it names no time."""
    github.refuses(status, headers)
    with pytest.raises(ApplicationError) as limited:
        await attempt(tracker.report, report())
    assert limited.value.next_retry_delay == timedelta(seconds=waits)


async def test_a_used_up_hour_at_github_is_waited_for(
    tracker: GitHubIssues, github: FakeGitHub, attempt: Attempt
) -> None:
    """Where the requests of an hour are used up, the next attempt waits until GitHub counts anew, an hour at most."""
    github.refuses(403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "99999999999"})
    with pytest.raises(ApplicationError) as limited:
        await attempt(tracker.report, report())
    assert limited.value.next_retry_delay == timedelta(hours=1)


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (301, "another name now. Correct BATON_TRACKER."),
        (401, "Correct BATON_TRACKER_TOKEN."),
        (403, "may not write issues of acme/shop"),
        (404, "there is no acme/shop, or the token may not see it"),
        (410, "acme/shop has no issues. Turn them on"),
        (422, "refused the report to acme/shop (HTTP 422)"),
    ],
)
async def test_a_refusal_of_github_says_what_to_do(
    tracker: GitHubIssues, github: FakeGitHub, attempt: Attempt, status: int, says: str
) -> None:
    """A refusal of GitHub that no retry can cure is a sentence with a remedy, and shows no token."""
    github.refuses(status)
    with pytest.raises(ApplicationError) as refused:
        await attempt(tracker.report, report())
    assert is_permanent(refused.value)
    assert says in refused.value.message
    assert TOKEN not in refused.value.message


@pytest.mark.parametrize("status", [408, 500, 502, 503])
async def test_github_in_trouble_is_asked_again(
    tracker: GitHubIssues, github: FakeGitHub, attempt: Attempt, status: int
) -> None:
    """GitHub in passing trouble is asked again."""
    github.refuses(status)
    with pytest.raises(GitHubUnavailableError, match=f"HTTP {status}"):
        await attempt(tracker.report, report())
