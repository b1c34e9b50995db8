"""The tagger that `BATON_TAGGER` names: read once, judged before a worker starts, compared with the policies.

Promises that no worker starts with a file that can't be used. Must not know numbers or texts.
"""

from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from policies.document.document import Document
from policies.text.spelling import did_you_mean
from worker.trouble import TroubleError, missing_extra

if TYPE_CHECKING:  # numpy is an extra
    from activities.insight.tagging.tagger_file import TaggerFile

log: Any = structlog.get_logger("baton.tagging")


def open_tagger(path: Path) -> "TaggerFile":
    """Return the tagger in a file. Raises TroubleError."""
    if find_spec("numpy") is None:
        raise TroubleError(missing_extra("A tagger", "tagger"))
    from activities.insight.tagging.tagger_file import BadTaggerError, read_tagger

    try:
        return read_tagger(path)
    except BadTaggerError as error:
        raise TroubleError(str(error)) from None


def check_tagger(path: Path | None, documents: Iterable[Document]) -> None:
    """Warn where policies want tags without a tagger, or tags that it does not know. Raises TroubleError."""
    found = open_tagger(path) if path else None
    for document in documents:
        if document.tagging is None:
            continue
        if found is None:
            log.warning("tagger.missing", policy=document.policy, remedy="name a trained one with BATON_TAGGER")
            continue
        asked = {name for names in (document.tagging.tags or {}).values() for name in names}
        for name in sorted(asked - set(found.tagger.tags)):
            remedy = did_you_mean(name, found.tagger.tags)
            log.warning("tagger.category_unknown", policy=document.policy, category=name, remedy=remedy)
    if found is not None:
        log.info("tagger.read", path=str(path), digest=found.digest[:16], categories=len(found.tagger.tags))
