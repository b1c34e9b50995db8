"""The container files, read as text."""

import re
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
COMPOSE = YAML(typ="safe").load(ROOT / "docker-compose.yml")
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def with_defaults(text: str) -> str:
    """Return a value of the compose file as it is without a file `.env`."""
    return re.sub(r"\$\{[A-Z_]+:-([^}]*)\}", r"\1", text)
