"""A survey of four running conversations: what another policy would change in each of them."""

from dataclasses import replace

from tests.policies.stories import at
from worker.adoption.adopting import Prospect, Survey
from worker.adoption.preview import Change, Turnaround

FIRST = Change("c-1", "first_response", "breached", "running", "breached", at(20), at(9))
LATER = replace(FIRST, conversation="c-2", due_then=at(10))
AT_RISK = Change("c-1", "resolution", "at_risk", "running", "at_risk", at(420), at(30))
ENDS = Change("c-3", "resolution", "ends", "running", "", at(1), None)
MOVED = Turnaround("c-3", "team_inherited", "Assigned to Tier 1: acme v1 has no team Billing")
CALLS = (
    Turnaround("c-2", "call_inherited", "people goes on as watch"),
    Turnaround("c-2", "call_inherited", "anna has night: watch is called where they do not answer in time"),
)
SURVEY = Survey(
    (
        Prospect("c-3", "acme v1", "d1", (ENDS,), turnarounds=(MOVED,)),
        Prospect("c-1", "acme v1", "d1", (AT_RISK, FIRST)),
        Prospect("c-2", "acme v0", "d0", (LATER,), turnarounds=CALLS),
        Prospect("c-4", trouble="no worker answers for it"),
    ),
    already=5,
)
