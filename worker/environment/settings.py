"""The settings from the environment; only this module reads them.

Promises one immutable record with defaults that work on a laptop, and a line for each mistake, without a value. The
Temporal connection is not here: it comes from `temporalio.envconfig`, the same variables and file that the `temporal`
command uses.
"""

import re
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from activities.effects.signing import Signer
from worker.trouble import TroubleError

Own = TypeVar("Own", bound=BaseSettings)

STATE = Path(".baton")
"""The directory of a laptop's databases, relative to the working directory."""

_FIELD = re.compile(r'field "(\w+)"')


def _signing_secrets(written: str) -> str:
    Signer.of(written)
    return written


LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]


class Settings(BaseSettings):
    """The settings. Every field is the environment variable `BATON_<FIELD>`; an empty one counts as not set."""

    model_config = SettingsConfigDict(env_prefix="BATON_", env_ignore_empty=True, frozen=True)

    database_url: str = f"sqlite:///{STATE}/baton.db"
    policies: Path | None = Field(default=None, description="A directory of policies beside the shipped ones.")
    default_policy: str = "tiered"
    task_queue: str = "baton"
    slack_token: str = Field(
        default="", description="A bot token (xoxb-…). Without one, messages are recorded, not sent."
    )
    slack_signing_secret: str = Field(
        default="", description="Slack's buttons over HTTP: checks POST /slack/interactions on the HTTP port."
    )
    slack_app_token: str = Field(
        default="", description="An app-level token (xapp-…): Slack's buttons reach us without a public address."
    )
    slack_base_url: str = "https://slack.com/api/"
    slack_digest_above: int = Field(
        default=12,
        ge=0,
        description="Messages a minute a channel gets before more become one digest; 0 for no digests.",
    )
    slack_per_second: float = Field(
        default=400,
        ge=0,
        description="Notifications and updates that start each second, of all workers together; 0 for no limit.",
    )
    notify: str = Field(
        default="",
        description="Further channels: JSON or a YAML file of names, each with its apprise address or several.",
    )
    context: str = Field(
        default="",
        description="Systems that know customers: JSON or a YAML file of names, each with an address, or {url, token}.",
    )
    context_within: float = Field(
        default=0.2, gt=0, le=1.5, description="Seconds that each of these systems gets at a handoff."
    )
    tagger: Path | None = Field(
        default=None, description="A trained tagger, for policies with `tagging`: see `baton tagger train`."
    )
    webhook_secrets: Annotated[str, AfterValidator(_signing_secrets)] = Field(
        default="", description="Signs what webhooks get: whsec_… as of Standard Webhooks; two during a change."
    )
    tracker: str = Field(
        default="", description="Where bug reports go: github:owner/name, or an address; else the helpdesk."
    )
    tracker_token: str = Field(default="", description="GitHub's token, with the permission to write issues.")
    github_api: str = Field(default="https://api.github.com/", description="The address of GitHub's API.")
    desk: str = Field(default="built-in", description="The helpdesk; `built-in` is the one in Baton's own database.")
    desk_url: str = Field(
        default="", description="A conversation's address in the helpdesk, with {conversation_id}; linked in messages."
    )
    ui_url: str = Field(default="", description="A workflow's address in the Temporal UI, with {workflow_id}.")
    http_host: str = "127.0.0.1"
    http_port: int = Field(
        default=8081, ge=0, le=65_535, description="Serves /healthz, /readyz and /slack/interactions; 0 turns it off."
    )
    ledger_after: float = Field(
        default=15,
        ge=0,
        le=25,
        description="Seconds after which a worker writes lines of the ledger that their conversation has not written.",
    )
    start_within: float = Field(
        default=20,
        ge=0,
        description="Seconds that a worker waits at its start for a server, search attributes and tables.",
    )
    log_format: Literal["console", "json"] = "console"
    log_level: Annotated[LogLevel, BeforeValidator(str.upper)] = "INFO"
    prometheus: str = Field(default="", description="Address to serve metrics on, such as 0.0.0.0:9464.")
    otlp_endpoint: str = Field(
        default="", description="OTLP over HTTP, such as http://collector:4318; traces and metrics."
    )
    audit_heartbeat: str = Field(default="", description="An address to call after each audit without open findings.")
    edition_max: int | None = Field(
        default=None,
        ge=1,
        description="The newest edition for runs that begin, while older workers still run: see docs/upgrading.md.",
    )
    max_cached_workflows: int = Field(default=1000, ge=0)
    deployment: str = Field(default="", description="Worker Versioning: the deployment's name. Needs a build id, too.")
    build_id: str = ""


def own(kind: type[Own]) -> Own:
    """Return these settings, or those of an outside system that has a class of its own. Raises TroubleError."""
    prefix = kind.model_config.get("env_prefix", "")
    try:
        return kind()
    except SettingsError as error:
        field = _FIELD.search(str(error))
        raise TroubleError(f"{prefix}{field[1].upper() if field else '…'}: write JSON") from None
    except ValidationError as error:
        said = [f"{prefix}{'_'.join(map(str, each['loc']))}".upper() + f": {_remedy(each)}" for each in error.errors()]
        raise TroubleError("\n  ".join(said)) from None


def _remedy(problem: ErrorDetails) -> str:
    """Return what to write into a variable."""
    from policies.contract.wrong_fields import form_of  # takes longer to import than the settings

    if wanted := form_of(problem):
        return f"write {wanted}"
    is_ours = problem["type"] == "value_error"
    return problem["msg"].removeprefix("Value error, ") if is_ours else "it is needed, so set it"
