"""The fate of every field of a conversation or a team when another policy is adopted.

Promises a decision for every field: a field that is in neither table fails a test. Carried out by `adopting` and the
modules `inherited_…`, for a team by `teams.terms`; `docs/adopting.md` shows it to support leads.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

FateKind = Literal["kept", "moved", "measured", "ended", "record"]
"""The kinds of fates.

- kept: as it is,
- moved: goes on by the new policy's names,
- measured: counted up to now by the old terms, from now on by the new ones,
- ended,
- record: what happened before, which names the old policy for ever.
"""


class Fate(NamedTuple):
    """The fate of one field, and a sentence about it for support leads."""

    kind: FateKind
    how: str


FATES: Mapping[str, Fate] = {
    "Conversation.tail": Fate(
        "ended",
        "What happened before the change is not judged again; late news counts as of the change.",
    ),
    "Conversation.issued": Fate("kept", "What is on its way is still done; late news takes none of it back."),
    "Conversation.earlier": Fate(
        "kept",
        "Messages that are not read yet can still be read, where the new policy reads messages.",
    ),
    "Situation.team": Fate(
        "moved",
        "A team that has another key now (`formerly`) stays. One that is gone is followed by the team of the same "
        "name; else, of a stand-in, by the team it stood in for; else by the assignee's team; else by the channel's "
        "first team. People are not followed by an assistant. A team that neither policy knows stays.",
    ),
    "Situation.assignee": Fate(
        "moved",
        "The assignee keeps it. A person who is not among the new policy's people gives it back to the queue, "
        "where Baton leads one; in a team without a queue, to the team. So does one who is in another team now.",
    ),
    "Situation.has_left": Fate(
        "moved", "Set for an assignee who has left and whose customer does not wait: it is taken back when they do."
    ),
    "Situation.assignee_since": Fate("kept", "A silence counts from when the assignee got the conversation."),
    "Situation.unreadable": Fate("kept", "A value that was noted is not noted again; those of new declarations are."),
    "Situation.memory": Fate(
        "kept", "What is remembered of the customer still counts; nothing more is kept without `remember_for`."
    ),
    "Situation.assigned_by": Fate("kept", "Which assignment the desk has to confirm."),
    "Situation.returns_to": Fate("moved", "The team that follows gets it back in the morning."),
    "Situation.wanted_person": Fate("kept", "Whom the queue asks first; who is not in the team is not waited for."),
    "Situation.outside_noted": Fate("kept", "A closing is told once, unless another team stands in now."),
    "Situation.place": Fate(
        "moved",
        "It stays in line, or leaves and joins as the new policy has queues. The team hears of the new version.",
    ),
    "Situation.silences": Fate("measured", "Spans that were told are not told again."),
    "Situation.clocks": Fate("measured", "See the modes; a promise that the new policy does not make ends."),
    "Situation.pages": Fate(
        "moved",
        "A call goes on by the escalation of the same name, or of the same steps, at the step where it is; else "
        "by what the same rule calls now, else by `alert`, from the first step. Else it ends, and `alert`, the "
        "old lead, or the last who were called hear of it.",
    ),
    "Situation.early": Fate("kept", "What is known of steps that are on their way."),
    "Situation.path": Fate("record", "Which teams had it."),
    "Situation.reason": Fate("record", "Why people were wanted."),
    "Situation.closes_at": Fate("kept", "A resolved conversation lingers as long as was said."),
    "Situation.closed": Fate("ended", "A close from before is undone by no reopening: it is reopened as usual."),
    "Situation.firings": Fate("ended", "The rule budget begins anew."),
    "Situation.is_tripped": Fate("ended", "Rules that a loop had stopped work again."),
    "Situation.firings_by_rule": Fate("ended", "The budget of each rule begins anew."),
    "Situation.understanding": Fate("kept", "Where the new policy reads no messages, unread ones stay unread."),
    "Situation.score": Fate(
        "kept",
        "Other weights count with the next reading, and readings in a row from there; it ends where the new "
        "policy has no score.",
    ),
    "Situation.own_writes": Fate("kept", "A late confirmation of an earlier value changes nothing."),
    "Situation.mentions": Fate("kept", "Counts of keywords that the new policy does not have end."),
    "Situation.handoff": Fate(
        "kept",
        "It goes on. Where people answer now for what an assistant answered for, a handoff begins.",
    ),
    "Situation.briefing": Fate(
        "kept",
        "It ends where the new policy has none; a note that waited for other systems is not written then.",
    ),
    "Situation.offered": Fate(
        "kept",
        "Choices stay, unless they name other channels now: then a number is read as a message.",
    ),
    "Situation.offered_at": Fate("kept", "As the choices."),
    "Situation.tagging": Fate(
        "kept",
        "Where tags go live, those only proposed before may be put on when proposed again.",
    ),
    "Situation.drill": Fate("moved", "A drill goes on where its escalation only has another name; else it is over."),
    "Situation.incident": Fate(
        "moved",
        "As a call; where nobody is called any more the incident ends, and its conversations call by themselves.",
    ),
    "Situation.moves": Fate("record", "Feedback judges the policy and the rule that brought people in."),
    "Situation.feedback": Fate("record", "Answers name the policy that they judge."),
    "Situation.asked": Fate(
        "record",
        "Who was asked how it went. What was resolved before is asked about by no change of policy.",
    ),
    "Situation.outages": Fate("kept", "Their conditions are judged by what the new policy declares."),
    "Situation.outage": Fate("kept", "It stays part of a known outage, also of one for another policy."),
    "Situation.withheld_calls": Fate(
        "moved", "Made after the outage, where the new policy still has the escalation, or the rule with that target."
    ),
    "Situation.timeline": Fate("record", "What happened and why."),
    "Place.team": Fate("moved", "As the conversation's team."),
    "Place.priority": Fate("kept", "What the team was told."),
    "Place.needs": Fate("moved", "The skills that the new policy needs; the team is told."),
    "Place.agent": Fate("moved", "As the assignee; an offer stays until the team says otherwise."),
    "Place.failed": Fate("kept", "Who did not answer is not asked again in this wait."),
    "Place.lease": Fate("measured", "As clocks."),
    "Place.is_refused": Fate("kept", "That everybody declined is told once."),
    "Place.person": Fate("moved", "As the person whom the queue asks first."),
    "Place.closed_in": Fate("ended", "The version that closed the queue is adopted, or a later one is."),
    "Place.look_at": Fate("kept", "When the conversation makes sure that the team still knows of its place."),
    "Lease.spent": Fate("measured", "Business time of the team that had it."),
    "Silence.team": Fate("moved", "As the conversation's team."),
    "Silence.spent": Fate("measured", "In the hours that held."),
    "Silence.reached": Fate("kept", "Each span is told once."),
    "Silence.reached_in_business": Fate("kept", "As `reached`."),
    "Silence.repeated": Fate("kept", "A wait that repeats goes on at the pace where it is."),
    "Clock.name": Fate("kept", "Promises have the same names in all policies."),
    "Clock.target": Fate("moved", "The new promise."),
    "Clock.hours": Fate("moved", "The new promise's hours."),
    "Clock.at_risk": Fate("moved", "The new promise's warnings."),
    "Clock.pause_while": Fate("moved", "The new promise's pauses."),
    "Clock.spent": Fate("measured", "Time used counts with `carry`."),
    "Clock.marks": Fate("moved", "Computed anew."),
    "Clock.due_at": Fate("moved", "Computed anew; a breached promise keeps it."),
    "Clock.reached": Fate("kept", "No share is told twice with `carry`."),
    "Clock.late_from": Fate("measured", "In the hours that held; `restart` begins anew."),
    "Clock.repeated": Fate(
        "kept", "No time after the breach is told twice with `carry`; those already past are not told."
    ),
    "Clock.team": Fate("moved", "Another team's stint is a promise of its own."),
    "Clock.pause_budget": Fate("moved", "The new promise's budget."),
    "Clock.pause_spent": Fate("measured", "In the hours that held."),
    "Page.escalation": Fate("record", "The name the call began with, which its messages carry."),
    "Page.by": Fate("moved", "The escalation whose steps it calls."),
    "Page.round": Fate("moved", "Kept where the steps up to there call the same people; else from the first."),
    "Page.step": Fate("moved", "Kept where the steps up to there call the same people; else from the first."),
    "Page.next_at": Fate("kept", "A wait that was said to people is kept; other people are called at once."),
    "Page.acknowledged_by": Fate("kept", "The person who acknowledged keeps it."),
    "Page.acknowledged": Fate("kept", "Who has acknowledged a step that everyone has to."),
    "Page.called": Fate("kept", "Whom that step has reached."),
    "Page.lease_until": Fate("kept", "The time to answer that they were told."),
    "Page.lease_left": Fate("kept", "The time to answer that they were told."),
    "Page.rule": Fate("record", "What began it."),
    "Page.cause": Fate("record", "What began it; the rule of that name says whom to call now."),
    "Page.incident": Fate("kept", "The incident goes on calling for it."),
    "Page.heard_by": Fate("kept", "By when the incident has to be heard from."),
    "Page.is_asking": Fate("kept", "An incident that was asked still has to answer."),
    "Page.is_delivered": Fate("kept", "Whether the present step's message has arrived."),
    "Page.has_reached": Fate("kept", "Whether any message has arrived; a call that moves begins to count anew."),
    "Page.begins_again": Fate("kept", "A ladder that reached nobody begins again when it was to."),
    "Page.unheard": Fate("kept", "How often nobody was reached."),
    "Page.latest": Fate("kept", "An earlier call of a step is not made once that step has been called again."),
    "Stint.team": Fate("record", "Which team had it."),
    "Stint.is_assistant": Fate("record", "Who answered for the team then."),
    "Score.parts": Fate("kept", "As last weighed."),
    "Score.points": Fate("kept", "As last weighed."),
    "Score.in_a_row": Fate("ended", "Counted anew under other weights."),
    "Score.is_high": Fate("kept", "Told once."),
    "Handoff.from_team": Fate("record", "Which assistant it left; one that is gone can't have it back."),
    "Handoff.reason": Fate("record", "Why people were wanted."),
    "Handoff.accepted_by": Fate("kept", "Who comes."),
    "Briefing.team": Fate("record", "Who was briefed last; another team is briefed."),
    "Briefing.from_team": Fate("record", "Who had it before."),
    "Briefing.pending": Fate("kept", "The note is written when other systems have answered."),
    "TagRecord.of_the_shadow": Fate("kept", "Those may be put on when proposed again."),
    "Incident.escalation": Fate("record", "The name the call began with."),
    "Incident.cause": Fate("record", "The rule that made it; the rule of that name says whom to call now."),
    "Understanding.unread": Fate("kept", "Still read; nobody does where the new policy reads no messages."),
    "Team.members": Fate(
        "moved",
        "Who is gone is offered nothing and gives back what customers wait for; who is new is asked.",
    ),
    "Team.tickets": Fate(
        "kept",
        "Everybody keeps their place in line. A version without a queue for the team closes it: those under earlier "
        "versions are told to adopt that version, and keep their places until they have left.",
    ),
    "Team.departed": Fate("record", "Who left the team is remembered, and what they are given later is taken back."),
    "Team.closed_by": Fate("record", "The versions that closed the queue; one that has it again opens it."),
    "Team.strangers": Fate("kept", "Who was heard of without being in the team."),
    "Member.is_reclaimed": Fate("ended", "Looked at again: the helpdesk may have led the queue before."),
    "Member.agent": Fate("kept", "Who it is."),
    "Ticket.agent": Fate("moved", "As members."),
    "Ticket.person": Fate("kept", "Whom it asks first; who has left is not waited for."),
    "Ticket.person_until": Fate("kept", "How long it waits for that person where they have no room."),
    "Ticket.weight": Fate("kept", "As it was when the conversation asked."),
    "Ticket.rank_at": Fate("kept", "The head start that urgent ones had when they asked."),
    "Ticket.needs": Fate(
        "kept",
        "What the conversation asked for; it asks anew under a policy that needs something else.",
    ),
    "Ticket.until": Fate("kept", "An offer ends when it was said to end."),
    "Ticket.not_to": Fate("kept", "Who declined is not asked again in this wait."),
    "Ticket.missed": Fate("kept", "Who did not answer is asked later."),
    "NeedLeft.skill": Fate("kept", "As the needs."),
}

FACTS: Mapping[str, str] = {
    "Conversation": "base situation retracted seen remarks tail_work told",
    "Situation": "conversation_id opened_at at channel inbox subject customer page attributes status is_held priority "
    "tags given_by waiting_since answered_at answered_by callback_at is_callback_chosen snoozed_until recent messages "
    "attachments replied reopened escalations merged_into given_away absorbed rating deadline_at is_assistant_muted "
    "confirmed preferences ended_incidents life run edition held_until imported_at lines_left_out direction "
    "first_waiting_since unanswered_since unsure at_a_loss agreed_at outages_over outages_told",
    "Memory": "customer is_agreed choices",
    "Place": "ticket state entered_at language wait offer is_given_back owned_since position present estimate wait_low "
    "wait_high unheard is_on_hold",
    "Lease": "wait since",
    "Silence": "name key since",
    "Clock": "episode started_at state since ended_at paused_at",
    "Mark": "percent at",
    "Repeated": "every times",
    "WaitRepeats": "first every times",
    "Page": "generation headline started_at ended resumed is_silent stood_down despite_pause",
    "Stint": "since because",
    "Closed": "at is_held held_until snoozed_until waiting_since callback_at offered handoff clocks silences calls "
    "place",
    "RuleFirings": "rule at muted_since",
    "OwnWrite": "at subject to",
    "Said": "at author author_id text automatic",
    "GivenAway": "waiting_since callback_at",
    "Understanding": "readings asked_for_human_at frustration most_frustrated risks unresolved repeated failed "
    "confidence systems language trouble noticed topics settled",
    "Noticed": "at what words said amount",
    "Handoff": "number because requested_at state accepted_at reopened awaited_at committed_at returned_at given_up",
    "Briefing": "opening words answers number move context early handoff attempts numbers",
    "Word": "at by tried think need note briefing",
    "Answers": "author author_id count failed last_at last",
    "Tried": "at author author_id text",
    "Attached": "at author author_id file",
    "TagRecord": "proposed by_people taken_off",
    "Incident": "total left first shown shown_left show_at is_over",
    "KnownOutage": "name life when until text over_text policy version trouble is_left",
    "OutageLink": "name life since until also",
    "WithheldCall": "rule target headline because reason",
    "Move": "at team tier reason rule from_team call score policy version",
    "Given": "at event_id question answer by note call team answered_by policy version life about",
    "Asked": "who moved_at",
    "Entry": "at kind text rule clock facts",
    "Team": "team at grants offers told seen timeline refusals looked_at edition",
    "Member": "presence since beat_at gone_since idle_since granted_at declined missed reclaimed",
    "Ticket": "conversation id state since arrived_at skew priority subject language last_agent wait offer because "
    "told_at told retold is_waiting is_on_hold said_at heard_at run policy version",
    "ClosingVersion": "policy version at",
    "NeedLeft": "required steps",
    "Miss": "agent times again_at",
    "Grant": "at conversation agent waited because",
    "Refusal": "conversation wait not_to",
}
"""The fields that name nothing of a policy, or are a record of the past as a whole: kept as they are."""


def table() -> str:
    """Return the fates as a table for `docs/adopting.md`."""
    rows = [f"| `{name}` | {fate.kind} | {fate.how} |" for name, fate in FATES.items()]
    return "\n".join(["| Field | Fate | How |", "|---|---|---|", *rows])
