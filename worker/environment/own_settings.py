"""The settings of a process or of one outside system, read from the environment into their class.

Promises a line for each mistake in them, and no value. Must not know what they are for.
"""

from typing import TypeVar

from pydantic import ValidationError
from pydantic_settings import BaseSettings, SettingsError

from worker.trouble import TroubleError

Own = TypeVar("Own", bound=BaseSettings)


def own(kind: type[Own]) -> Own:
    """Return the settings from the environment. Raises TroubleError."""
    prefix = kind.model_config.get("env_prefix", "")
    try:
        return kind()
    except SettingsError as error:
        raise TroubleError(f"{prefix}…: {error}") from None
    except ValidationError as error:
        said = [f"{prefix}{'_'.join(map(str, each['loc']))}".upper() + f": {each['msg']}" for each in error.errors()]
        raise TroubleError("\n  ".join(said)) from None
