"""Variables that hold values by name: as JSON in the variable itself, or in the YAML file that it names.

Promises that no error or log line shows the values, because they hold secrets. Must not know what the names are for.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from policies.text.json_text import read_json
from worker.trouble import TroubleError


@dataclass(frozen=True, slots=True)
class NamesIn:
    """One such variable. `form` says what to write into it; `trouble` is raised where it holds anything else."""

    variable: str
    form: str
    trouble: type[TroubleError]

    def read(self, value: str) -> dict[str, Any]:
        """Return the values by name; empty where the variable is empty."""
        if not value.strip():
            return {}
        written = self._json(value) if value.lstrip().startswith("{") else self._yaml(Path(value))
        if not isinstance(written, dict):
            raise self.trouble(f"{self.variable} is not a mapping: {self.form}")
        return {str(name): inner for name, inner in cast("dict[Any, Any]", written).items()}

    def _json(self, text: str) -> Any:
        try:
            return read_json(text)
        except ValueError as error:
            where = f" at character {error.pos + 1}" if isinstance(error, json.JSONDecodeError) else ""
            raise self.trouble(f"{self.variable} is not JSON{where}: {self.form}") from None

    def _yaml(self, path: Path) -> Any:
        try:
            return YAML(typ="safe", pure=True).load(path.read_text())
        except OSError as error:
            said = f"The file that {self.variable} names cannot be read ({error.strerror}): {path}"
            raise self.trouble(said) from None
        except (YAMLError, UnicodeDecodeError) as error:
            mark = getattr(error, "problem_mark", None)
            where = f":{mark.line + 1}" if mark else ""
            raise self.trouble(f"{path}{where} is not YAML: {self.form}") from None
