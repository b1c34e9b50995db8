"""The closed union of all effects."""

from typing import Annotated

from pydantic import Field

from policies.state.effects.briefing import AnyBriefingEffect
from policies.state.effects.conversations import AnyConversationEffect
from policies.state.effects.desk import AnyDeskEffect
from policies.state.effects.memory import AnyMemoryEffect
from policies.state.effects.people import AnyPeopleEffect
from policies.state.effects.queues import AnyQueueEffect

AnyEffect = Annotated[
    AnyDeskEffect | AnyQueueEffect | AnyConversationEffect | AnyBriefingEffect | AnyPeopleEffect | AnyMemoryEffect,
    Field(discriminator="kind"),
]
