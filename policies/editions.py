"""Editions: numbered states of Baton's behaviour, so that it may change while conversations run.

Temporal plays a conversation's history again with today's code, so code that a running run would play otherwise stands
behind `edition >= n`. A run's edition comes from its history only: from the answer to its first look-up, or from what
the run before handed on. What carries none is edition 1. Promises one list of all editions. Must not know which
edition a run has.
"""

FIRST = 1
EDITIONS: dict[int, str] = {
    1: "The first edition: conversations and teams as they were when editions began",
    2: (
        "Rules on `reassigned` hear every change of team or assignee, with `event.cause` and `event.is_new_team`; "
        "one of two workflow tasks in a row leaves a command; what waits together for the helpdesk leaves together"
    ),
    3: "; ".join(
        (
            "An assignee who gets a conversation back is silent anew",
            "what people who left a team have comes back to it, also without a queue; an account manager who is not "
            "in `people` is assigned nothing",
            "what a decision was made from is on record",
            "a command for a call that stood down is refused, except a note",
            "a field of a start, a signal or a command whose name is probably misspelt is told to its sender",
            "the words that Baton brought to people and the customer are on the timeline and in the ledger",
            "a promise whose time is used up by a change is late from then on, also where its clock stands still",
            "rules on `attribute_changed`, `customer_updated`, `rated` and `reassigned` hear only of what is new",
            "a rule that leaves nothing says why",
            "each rule has a budget of its own, for firings that leave an effect, and is muted only for a time",
            "a conversation on hold takes up no room of its agent, and is back in line where there is none after it",
            "a close that a person undoes soon is undone whole, and an open conversation that no person has is in line",
            "of events at one instant, messages come before the other ones, and merges and statuses last",
            "automatic messages are not the customer's word, and a rule replies to a customer once in 24 hours",
            "facts that came with the alarm are judged before time; no person is told what was due before an import",
            "a customer who is reminded is silent from the import on; who hears of a breach or of a long wait is not "
            "warned of it in the same moment",
            "a queue knows a language by any of its tags, asks for those that the customer prefers, and says at once "
            "where no agent could take the conversation at any time",
            "keywords are compared with a message's own words, up to 4,000 characters of them, in one form of quotes, "
            "spaces and letters",
            "conditions compare texts in that form, too, and `\\b` is the edge of a word in every script",
            "a conversation that we began promises nothing until the customer writes",
            "texts have times as their readers write them, and tell after hours when the team is back",
            "a version without a queue for a team closes its queue, and the conversations in it go on under that "
            "version; what follows from a look-up has the time of the next task",
            "a timer that its own task cancels leaves nothing that keeps tasks apart",
            "a queue looks at once where an instant passed while only repeated messages came",
            "a closed team hands over each time that a rule names it",
            "a call whose steps another version changed begins with the first of them",
            "a long timeline keeps its beginning",
            "a confirmation of the helpdesk that comes late moves nothing back",
            "a wish for a policy that no worker has, or for another version or document than is named, is refused",
        )
    ),
    4: "; ".join(
        (
            "a bug report that waits for engineering's tracker holds up nothing at the helpdesk",
            "the assistant's answers are counted while they are unsure, or don't help, and such an answer closes no "
            "question; rules hear of an assistant that does not answer",
            "more kinds of findings, with their words, are kept for the briefing",
            "a conversation that a rule on `outside_hours` assigned comes back when the team opens and the customer "
            "still waits",
            "an assignee by rule who has not answered gives the conversation back to a team without a queue when their "
            "hours end and the customer waits",
            "a command may name a team as people read its name",
            "a customer who answers an offer with a time is called back then, and one who waits is told again and "
            "again",
            "attachments of messages are kept, and of a long message the ledger has up to 64 kB",
            "a briefing has next steps, what was tried, numbers, preferences, own fields and words for the answer",
            "a conversation that matches a known outage is part of it: its customer is told, and no rule calls people",
        )
    ),
}
"""Every edition that this code knows, with what changed in it. A change that leaves other commands is a new one."""
NEWEST = max(EDITIONS)


def known(value: object) -> int:
    """Return the edition that a record carries; the first where it carries none."""
    return value if isinstance(value, int) and value >= FIRST else FIRST
