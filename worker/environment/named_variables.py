"""Variables that hold values by name: as JSON in the variable itself, or in the YAML file that it names.

Promises that no error or log line shows the values, because they hold secrets. Must not know what the names are for.
"""

from pathlib import Path
from typing import Any, cast

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from policies.loading.bounded_file import read_bytes
from policies.text.json_text import place_in_json, read_json
from worker.trouble import TroubleError

_LARGEST = 1024**2
"""Bytes of a file of addresses and tokens."""


def read_names(variable: str, value: str, form: str) -> dict[str, Any]:
    """Return the values by name; empty where the variable is empty. Raises TroubleError with `form`, the remedy."""
    if not value.strip():
        return {}
    written = _json(variable, value, form) if value.lstrip().startswith("{") else _yaml(variable, Path(value), form)
    if not isinstance(written, dict):
        raise TroubleError(f"{variable} is not a mapping: {form}")
    return {str(name): inner for name, inner in cast("dict[Any, Any]", written).items()}


def _json(variable: str, text: str, form: str) -> Any:
    try:
        return read_json(text)
    except ValueError as error:
        raise TroubleError(f"{variable} is not JSON{place_in_json(error)}: {form}") from None


def _yaml(variable: str, path: Path, form: str) -> Any:
    try:
        return YAML(typ="safe", pure=True).load(read_bytes(path, _LARGEST).decode())
    except OSError as error:
        raise TroubleError(f"The file that {variable} names cannot be read ({error.strerror}): {path}") from None
    except (YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f":{mark.line + 1}" if mark else ""
        raise TroubleError(f"{path}{where} is not YAML: {form}") from None
