"""Everything that must be done outside Baton: one closed union of effects, in the imperative, one module a subject.

Promises that an effect knows itself: its lane, who hears of it, the fields that are only wording, its summary, whether
it holds in a situation, and how it is undone. This face has everything of the subjects. Must not know who performs an
effect or how often that is tried.
"""

# Stars, because a new action would otherwise have to be named here, too, in a file that says nothing of it.
from policies.state.effects.briefing import *  # noqa: F403
from policies.state.effects.conversations import *  # noqa: F403
from policies.state.effects.desk import *  # noqa: F403
from policies.state.effects.effect import *  # noqa: F403
from policies.state.effects.memory import *  # noqa: F403
from policies.state.effects.people import *  # noqa: F403
from policies.state.effects.queues import *  # noqa: F403
from policies.state.effects.union import *  # noqa: F403
