"""The variables of one outside system that has its settings in a class of its own.

Promises one sentence with every mistake in them. Must not know what they are for.
"""

from typing import TypeVar

from pydantic import ValidationError
from pydantic_settings import BaseSettings

from worker.trouble import TroubleError

Own = TypeVar("Own", bound=BaseSettings)


class OwnSettingsError(TroubleError):
    """The variables of an outside system can't be used."""


def own(kind: type[Own]) -> Own:
    """Return the settings from the environment. Raises OwnSettingsError."""
    try:
        return kind()
    except ValidationError as error:
        prefix = kind.model_config.get("env_prefix", "")
        said = [f"{prefix}{'_'.join(map(str, each['loc']))}".upper() + f": {each['msg']}" for each in error.errors()]
        raise OwnSettingsError("; ".join(said)) from None
