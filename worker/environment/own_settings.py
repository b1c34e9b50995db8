"""The variables of one outside system that has its settings in a class of its own.

Promises one sentence with every mistake in them, and no value. Must not know what they are for.
"""

from typing import TypeVar

from pydantic import ValidationError
from pydantic_settings import BaseSettings, SettingsError

from worker.trouble import TroubleError

Own = TypeVar("Own", bound=BaseSettings)


class OwnSettingsError(TroubleError):
    """The variables of an outside system can't be used."""


def own(kind: type[Own]) -> Own:
    """Return the settings from the environment. Raises OwnSettingsError."""
    prefix = kind.model_config.get("env_prefix", "")
    try:
        return kind()
    except SettingsError as error:
        raise OwnSettingsError(f"{prefix}…: {error}") from None
    except ValidationError as error:
        said = [f"{prefix}{'_'.join(map(str, each['loc']))}".upper() + f": {each['msg']}" for each in error.errors()]
        raise OwnSettingsError("; ".join(said)) from None
