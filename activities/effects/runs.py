"""What the messages of one call to people have in common: the run that they belong to.

Must not know how people are told.
"""

from policies.state.effects import AskIncident, LeaveIncident, ListMembers, Notify, UpdateNotification


def run_of(effect: Notify | UpdateNotification | LeaveIncident | AskIncident | ListMembers) -> str:
    """What it belongs to, a run of a ladder, an offer or a question, unique over conversations and their lives."""
    if isinstance(effect, Notify):
        asked = effect.hindsight.about if effect.hindsight else ""
        run = f"offer:{effect.offer}" if effect.offer else asked or effect.page.rpartition("/")[0]
    else:
        run = effect.page
    return "/".join(filter(None, (effect.conversation_id, effect.life, f"page:{run}"))) if run else ""
