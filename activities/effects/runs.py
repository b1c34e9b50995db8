"""The name of the run that a message belongs to, shared by all messages of one call to people.

Must not know how people are told.
"""

from policies.state.effects import AskIncident, LeaveIncident, ListMembers, Notify, UpdateNotification
from policies.state.keys import root_of
from policies.state.step_id import StepId


def run_of(effect: Notify | UpdateNotification | LeaveIncident | AskIncident | ListMembers) -> str:
    """Return the ladder's run, the offer or the question that an effect belongs to; empty where there is none.

    The name is unique over all conversations, and over conversations that begin again under the same id.
    """
    is_notice = isinstance(effect, Notify)
    run = effect.question or StepId.of(effect.page).run if is_notice else effect.page
    return f"{root_of(effect.conversation_id, effect.life)}/page:{run}" if run else ""
