"""The signals and updates that a conversation takes, by the names in the contract.

Promises that each takes one JSON object, and tells in the Temporal UI which fields belong into it. Must not know what
follows.
"""

from workflows.arrivals.handlers import signal, update
from workflows.conversations.state import ConversationState
from workflows.frame.shell import Shell


class Listening(Shell[ConversationState]):
    """The base class of the conversation workflow, with a handler for each signal and update."""

    message = signal("message", "Somebody wrote: {author: customer|assistant|agent, author_id, text, occurred_at}")
    tag_added = signal("tag_added", "A tag was put on: {tag, by}")
    tag_removed = signal("tag_removed", "A tag was taken off: {tag, by}")
    reassigned = signal("reassigned", "It changed hands in the helpdesk: {team, assignee, by, note}")
    status_changed = signal("status_changed", "Now: {status: open|pending_customer|on_hold|resolved, by}")
    customer_updated = signal("customer_updated", "New knowledge of the customer: {tier, value, …}")
    attribute_changed = signal("attribute_changed", "A named value changed: {name, value}")
    acknowledged = signal("acknowledged", "Somebody on call has it: {by, step}")
    feedback = signal("feedback", "How the handling went: {by, …}")
    rated = signal("rated", "The customer gave a score: {score}")
    absorbed = signal("absorbed", "Another conversation was merged into this one: {other, waiting_since}")
    callback_promised = signal("callback_promised", "The customer will be called back: {at, by, note}")
    choice_made = signal("choice_made", "The customer chose: {choice: assistant|wait|callback|channel|manager, detail}")
    queued = signal("queued", "From a team: where it stands in line: {team, ticket, position, …}")
    offered = signal("offered", "From a team: somebody is asked to take it: {team, ticket, agent, offer, until}")
    granted = signal("granted", "From a team: whom it chose: {team, ticket, agent, offer, because}")
    reclaimed = signal("reclaimed", "From a team: who has it is gone: {team, ticket, agent, because}")
    folded = signal("folded", "Baton's own: an incident calls for it and others alike: {page, incident}")
    unfolded = signal("unfolded", "Baton's own: the incident is over: {incident, by}")
    incident_grew = signal("incident_grew", "Baton's own: an incident stands for more, or fewer wait: {total, left}")
    merged = signal("merged", "It goes on in another conversation: {into}")

    reassign = update("reassign", "Give it to a team or a person: {actor, team, assignee, note}")
    escalate = update("escalate", "To a higher tier: {actor, team, note: {tried, think, need}}")
    deescalate = update("deescalate", "Back to a lower tier: {actor, team, note}")
    take = update("take", "Make it yours: {actor}")
    acknowledge = update("acknowledge", "Say that you have it: {actor, step}")
    call = update("call", "Have the on-call ladder go on at once: {actor, step, to}")
    add_note = update("add_note", "Leave a note for whoever comes next: {actor, tried, think, need}")
    resolve = update("resolve", "Close it: {actor, note}")
    hold = update("hold", "Stop the clocks: {actor, note}")
    release = update("release", "Let the clocks run again; of an incident, end it: {actor}")
    snooze = update("snooze", "Put it aside; the promises run on: {actor, until or for, note}")
    wake = update("wake", "End a snooze: {actor}")
    adopt_policy = update("adopt_policy", "Ask for another policy: {actor, policy, mode: pin|carry|restart}")
