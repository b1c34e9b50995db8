"""The work of judging, counted in steps. A step is about a microsecond on the machine where it was measured.

Promises equal counts for equal states and policies, so that a replay stops where the run stopped: no clock is read.
Must not know who stops (`decide`) or what is judged.
"""

WORK_LIMIT = 50_000
"""The steps after which a task takes in no further fact and reaches no further deadline."""
TAIL_WORK_LIMIT = 6 * WORK_LIMIT
"""The most steps for judging the remembered facts again, for one that came late. Where it would be more, the oldest
quarter is folded away, which costs another quarter of the steps."""
NO_LIMIT = 1 << 62
"""The limit of a judgement that does not stop: of a command, whose sender waits, and outside workflows."""
CAUSE_LIMIT = 10 * WORK_LIMIT
"""The most steps of one fact or deadline. Beyond it no further condition is judged, and the timeline names each such
rule: the SDK gives up on a task that runs for two seconds."""

FACT = 300
"""A fact: what it changes, and what follows from it in any case."""
DEADLINE = 300
"""A deadline that is reached."""
PREPARED = 60
"""Facts that are prepared for conditions."""
JUDGED = 5
"""A condition, beside its work."""
RECORDED = 15
"""A line of the timeline."""
ASKED = 60
"""An effect that is asked for."""
FILLED_IN, FILLED_IN_BY_LOOPS = 500, 2_000
"""A text that is filled in with facts, without and with blocks such as loops."""
