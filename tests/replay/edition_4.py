"""Plays that meet what changed in edition 4: earlier editions would take another course in each of them."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from tests.replay.edition_3 import Serve, begun, closed
from tests.replay.keeping import until
from worker.temporal.skipping import Clockwork


async def _unsure(clockwork: Clockwork, name: str, serve: Serve) -> None:
    """An assistant that is not sure twice in a row hands over, and an answer of no help closes no question."""
    async with serve():
        story = await begun(clockwork, "unsure", "assisted", channel="web_chat")
        for number, confidence in enumerate((0.1, 0.05)):
            await story.tell("message", author="customer", text=f"Which plan has feature {number}?")
            await story.settled()
            await story.tell("message", author="assistant", text="One of them.", confidence=confidence)
            await story.settled()
        await until(story.handle, lambda state: state["team"] == "tier-1")
        await closed(story, name)


async def _at_a_loss(clockwork: Clockwork, name: str, serve: Serve) -> None:
    """An assistant that says it does not know hands over at that answer."""
    async with serve():
        story = await begun(clockwork, "at-a-loss", "assisted", channel="web_chat")
        await story.tell("message", author="customer", text="Läuft die Mühle mit 110 Volt?")
        await story.settled()
        await story.tell("message", author="assistant", text="Dazu habe ich leider keine Informationen.")
        await until(story.handle, lambda state: state["team"] == "tier-1")
        await closed(story, name)


async def _silent(clockwork: Clockwork, name: str, serve: Serve) -> None:
    """An assistant that does not answer for five minutes loses the conversation to people."""
    async with serve():
        story = await begun(clockwork, "silent", "assisted", channel="email", customer={"locale": "fr"})
        await story.tell("message", author="customer", text="Où est mon colis ?")
        await story.settled()
        await clockwork.forward(story.handle, timedelta(minutes=6))
        await until(story.handle, lambda state: state["team"] == "tier-1")
        await closed(story, name)


async def _known_outage(clockwork: Clockwork, name: str, serve: Serve) -> None:
    """A conversation is part of a known outage, which withholds the calls of its breach until it is over."""
    async with serve():
        story = await begun(clockwork, "known-outage", "tiered", customer={"id": "kim", "locale": "de"})
        about = {"outage": "checkout-down", "life": "one", "until": (story.opened_at + timedelta(hours=4)).isoformat()}
        when = 'conversation.tags.exists(t, t == "checkout")'
        await story.tell("outage_known", **about, when=when, text={"": "We know.", "de": "Wir wissen es."})
        await story.tell("tag_added", tag="checkout")
        await story.settled()
        await clockwork.forward(story.handle, timedelta(minutes=90))
        await until(story.handle, lambda state: bool(state["withheld_calls"]))
        await story.tell("outage_over", outage="checkout-down", life="one", by="ana")
        await until(story.handle, lambda state: state["outage"] is None)
        await closed(story, name)


PLAYS: dict[str, Callable[[Clockwork, str, Serve], Awaitable[None]]] = {
    "unsure": _unsure,
    "at-a-loss": _at_a_loss,
    "silent": _silent,
    "known-outage": _known_outage,
}
