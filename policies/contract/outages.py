"""An outage as people and monitoring systems write it: the start of its workflow, and the signals that it takes.

Promises one sentence on everything that keeps an outage from being opened. Must not know conversations, nor the
policies under which its condition is judged.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from policies.contract.bounds import UnboundedError, bounded
from policies.contract.commands import Refused
from policies.contract.messages import sent
from policies.contract.wrong_fields import explain, misspelt
from policies.document.part import Span, format_span
from policies.running.conditions.evaluating import LENGTH_LIMIT
from policies.state.events import TextsByLanguage
from policies.text.json_text import size_of
from policies.text.languages import unknown_language
from policies.text.undecodable import no_object

LASTS, LASTS_MOST = timedelta(hours=4), timedelta(days=7)
"""How long an outage lasts where nobody says how long, and at most."""
OUTAGE_LIMIT = 8_000
"""The most bytes of an outage as JSON: each open conversation keeps a copy."""
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_Sent = TypeVar("_Sent", bound=BaseModel)


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class OpenOutage(_Message):
    """The start of an outage: the conversations that it is about, and the words for their customers."""

    when: str = Field(min_length=1, description="The condition, in CEL, over `conversation`, `customer` and `now`.")
    text: TextsByLanguage = Field(
        default={}, description="The words that each customer is told once: a text, or texts by language."
    )
    over_text: TextsByLanguage = Field(
        default={}, description="The words for the end of the outage; without them, a sentence of Baton's own."
    )
    until: AwareDatetime | None = Field(None, description="The instant at which it ends by itself.")
    span: Span | None = Field(None, alias="for", description="The span, such as 4h; instead of `until`.")
    policy: str = Field("", description="The policy whose conversations it is about; all policies where empty.")
    by: str = Field("", description="The person or system that opens it.")


class ChangeOutage(_Message):
    """Change the words or the end of an open outage. Customers who were told already are not told again."""

    text: TextsByLanguage = Field(default={}, description="Other words for customers who were not told yet.")
    over_text: TextsByLanguage = Field(default={}, description="Other words for the end of the outage.")
    until: AwareDatetime | None = Field(None, description="Another end.")
    span: Span | None = Field(None, alias="for", description="Another end, so long from now, such as 2h.")
    by: str = Field("", description="The person or system that changes it.")


class CloseOutage(_Message):
    """End an outage: its customers are told, and rules call people as usual again."""

    text: TextsByLanguage = Field(default={}, description="The words for the customers, instead of `over_text`.")
    by: str = Field("", description="The person or system that ends it.")


SIGNALS: Mapping[str, type[BaseModel]] = {"change": ChangeOutage, "close": CloseOutage}
"""The signals of an outage's workflow."""


class Outage(BaseModel):
    """An open outage. `version` grows with each change."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str = Field(description="The name; the workflow's id is `outage/` and this.")
    life: str = Field(description="The mark that tells this outage from an earlier one of the same name.")
    when: str = Field(description="The condition, in CEL.")
    opened_at: AwareDatetime = Field(description="The instant at which it was opened.")
    until: AwareDatetime = Field(description="The instant at which it ends by itself.")
    text: dict[str, str] = Field(default={}, description="The words that customers are told, by language.")
    over_text: dict[str, str] = Field(default={}, description="The words for its end, by language.")
    policy: str = Field(default="", description="The policy whose conversations it is about; all where empty.")
    by: str = Field(default="", description="The person or system that opened it.")
    version: int = Field(default=1, description="The number of times that it was written.")

    @property
    def known(self) -> dict[str, Any]:
        """The signal by which a conversation hears of it. It happens to a conversation when it hears of it."""
        shown = self.model_dump(mode="json", exclude={"name", "opened_at", "by"})
        began = {"began_at": self.opened_at.isoformat()}
        return {"event_id": f"outage/{self.name}/{self.life}/{self.version}", "outage": self.name, **shown, **began}

    def over(self, text: Mapping[str, str], by: str) -> dict[str, Any]:
        """Return the signal by which a conversation hears of its end."""
        about = {"outage": self.name, "life": self.life, "text": dict(text), "by": by}
        return {"event_id": f"outage/{self.name}/{self.life}/over", **about}


def read_name(name: str) -> str:
    """Return the name of an outage. Raises `Refused`."""
    if not _NAME.fullmatch(name):
        raise Refused(f"{name or 'an empty text'} is no name of an outage: use a-z, 0-9, dots and dashes, 63 at most")
    return name


def opened(body: Any, name: str, life: str, now: datetime) -> Outage:
    """Return the outage that a start opens. Raises `Refused` with a sentence for its sender."""
    asked = exactly(OpenOutage, body)
    until = _until(asked.until, asked.span, now) or now + LASTS
    outage = Outage(
        name=read_name(name),
        life=life,
        when=asked.when,
        opened_at=now,
        until=until,
        text=asked.text,
        over_text=asked.over_text,
        policy=asked.policy,
        by=asked.by,
    )
    return _checked(outage)


def changed(outage: Outage, body: Any, now: datetime) -> Outage:
    """Return the outage with what a signal changes in it. Raises `Refused`."""
    asked = exactly(ChangeOutage, body)
    until = _until(asked.until, asked.span, now) or outage.until
    if until - outage.opened_at > LASTS_MOST:
        raise Refused(f"until: an outage lasts {format_span(LASTS_MOST)} at most: close it, and open another one")
    texts = {"text": asked.text or outage.text, "over_text": asked.over_text or outage.over_text}
    return _checked(outage.model_copy(update={**texts, "until": until, "version": outage.version + 1}))


def exactly(kind: type[_Sent], body: Any) -> _Sent:
    """Return a message as it was sent. Raises `Refused` where a field can't be read, or its name is misspelt."""
    if not isinstance(body, Mapping):
        raise Refused(no_object(body, "input"))
    lost: list[str] = []
    try:
        fields = bounded(sent(body), lost)
        lost += misspelt(fields, [field.alias or name for name, field in kind.model_fields.items()])
        message = kind.model_validate(fields)
    except UnboundedError as error:
        raise Refused(str(error)) from None
    except ValidationError as error:
        raise Refused("; ".join((*lost, explain(error)))) from None
    if lost:
        raise Refused("; ".join(lost))
    return message


def _until(until: datetime | None, span: timedelta | None, now: datetime) -> datetime | None:
    """Return the end that was stated, or that follows from the span; None where neither was. Raises `Refused`."""
    if span is not None and span > LASTS_MOST:
        raise Refused(f"for: an outage lasts {format_span(LASTS_MOST)} at most")
    ends = until or (now + span if span is not None else None)
    if ends is not None and not now < ends <= now + LASTS_MOST:
        raise Refused(f"until: name a time within the next {format_span(LASTS_MOST)}")
    return ends


def _checked(outage: Outage) -> Outage:
    if len(outage.when) > LENGTH_LIMIT:
        raise Refused(f"when: it has {len(outage.when):,} characters: write at most {LENGTH_LIMIT:,}")
    for field, texts in (("text", outage.text), ("over_text", outage.over_text)):
        for language, words in texts.items():
            if language and (why := unknown_language(language)):
                raise Refused(f"{field}: “{language}” {why}")
            if not words.strip():
                raise Refused(f"{field}: it is empty: write what the customer shall read, or leave it out")
    if (size := size_of(outage.model_dump(mode="json"))) > OUTAGE_LIMIT:
        raise Refused(f"it has {size:,} bytes: write at most {OUTAGE_LIMIT:,}, because each conversation keeps a copy")
    return outage
