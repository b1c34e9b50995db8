"""A worker process: everything Baton runs on its two task queues, with its database, Slack and policies.

Promises not to start with a broken policy, and to finish what it is doing when asked to stop. Must not decide anything.
"""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client
from temporalio.common import VersioningBehavior
from temporalio.worker import Worker, WorkerDeploymentConfig, WorkerDeploymentVersion
from temporalio.worker.workflow_sandbox import SandboxRestrictions

from activities.audit.look import Audit
from activities.audit.lost_runs.runs_before import RunsBefore
from activities.catalog import Catalog
from activities.channels.notifying import Notifying
from activities.channels.port import Channel
from activities.context.earlier import EarlierConversations
from activities.context.port import Gathering
from activities.desk.port import Desk, DeskActivities
from activities.desk.replies import RepliesSent
from activities.desk.transcripts import Transcripts
from activities.editions import allow
from activities.effects.plain_errors import PlainErrors
from activities.incidents.membership import Incidents
from activities.insight.port import Analyser, InsightActivities
from activities.insight.reader import PatternReader
from activities.ledger.judgements import Judgements
from activities.ledger.lines import Ledger
from activities.memory.choices import CustomerChoices
from activities.outages.checking import OutageCheck
from activities.outages.open_outages import OpenOutages
from activities.outages.telling import OutageTelling
from activities.slack.checking.look import TargetCheck
from activities.slack.workspace import client as slack_client
from activities.trackers.port import Tracker
from activities.workflows.conversations import Conversations
from activities.workflows.teams import Teams
from policies.document.document import Document
from policies.loading.load import SHIPPED, load_catalog
from worker.environment.database import usable
from worker.environment.settings import Settings
from worker.environment.sources import read_sources
from worker.environment.tagger_file import open_tagger
from worker.process.channels import open_channels
from worker.process.desks import open_desk
from worker.process.trackers import open_tracker
from worker.process.worker_pair import WorkerPair
from worker.tasks.early_lines import EarlyLines
from worker.tasks.one_batch import OneBatchRunner
from worker.trouble import TroubleError
from workflows.audit import AuditWorkflow, OnCallCheckWorkflow
from workflows.contract import ID_PREFIX, OUTAGE_TYPE, SLACK_QUEUE, TEAM_PREFIX, TEAM_TYPE, WORKFLOW_TYPE
from workflows.conversation import ConversationWorkflow
from workflows.outage import OutageWorkflow
from workflows.team import TeamWorkflow

GRACE = timedelta(seconds=20)
"""The time that running activities may take to finish after SIGTERM; the orchestrator must wait longer."""
DRAINED_WITHIN = GRACE + timedelta(seconds=2)
"""The time after which a worker leaves although an activity does not end when it is cancelled."""
GONE_WITHIN = timedelta(seconds=28)
"""The time after which a process that was told to stop is gone, whatever hangs: presses may take 6 seconds, too."""

PLACES = 100
"""Notifications a worker handles at once: in a flood they all wait for the next digest, which lists 40."""

_STICKY = timedelta(seconds=2)
"""The time that a task waits for a killed worker before another worker takes it; the default is ten seconds."""


@dataclass(frozen=True, slots=True)
class OutsideSystems:
    """The outside systems of one process."""

    store: AsyncEngine
    desk: Desk
    channels: Mapping[str, Channel]
    ledger: Ledger
    gathering: Gathering
    tracker: Tracker | None = None


@asynccontextmanager
async def open_house(settings: Settings) -> AsyncGenerator[OutsideSystems]:
    """Connect to the database and open all channels. Raises TroubleError where one of them can't be used."""
    sources = read_sources(settings.context, settings.context_within)
    async with usable(settings.database_url) as store:
        channels = open_channels(settings, store)
        gathering = Gathering((EarlierConversations(store, within=settings.context_within), *sources))
        desk, tracker = open_desk(settings, store), open_tracker(settings)
        yield OutsideSystems(store, desk, channels, Ledger(store), gathering, tracker)


def load_policies(settings: Settings) -> dict[str, Document]:
    """Return the shipped policies and the user's own. Raises PolicyError with everything that is wrong in them."""
    directories = [SHIPPED, *([settings.policies] if settings.policies else [])]
    documents = load_catalog(*directories, today=datetime.now(UTC).date())
    if settings.default_policy not in documents:
        known = ", ".join(sorted(documents))
        raise TroubleError(f"BATON_DEFAULT_POLICY is {settings.default_policy}, but there are only {known}")
    return documents


def in_use(settings: Settings, documents: Mapping[str, Document]) -> dict[str, Document]:
    """Return your own policies and the default one: the other shipped ones are examples, and need no warning."""
    examples = {path.stem for path in SHIPPED.iterdir()} - {settings.default_policy}
    return {name: document for name, document in documents.items() if name not in examples}


def make_worker(
    client: Client,
    settings: Settings,
    house: OutsideSystems,
    documents: dict[str, Document],
    *,
    analyser: Analyser | None = None,
) -> WorkerPair:
    """Return the worker of both queues, not yet running.

    `analyser`, where given, reads messages instead of Baton's own.
    """
    allow(settings.edition_max)
    early_lines = EarlyLines(house.ledger.record, settings.ledger_after)
    main = main_worker(client, settings, house, documents, analyser=analyser, early_lines=early_lines)
    return WorkerPair(main, slack_worker(client, settings, house), early_lines.write_on)


def slack_worker(client: Client, settings: Settings, house: OutsideSystems, *, at_once: int = PLACES) -> Worker:
    """Return the worker of Slack's own queue. The server keeps that queue's rate, whatever the number of workers."""
    notifying = make_notifying(client, settings, house)
    return Worker(
        client,
        task_queue=settings.task_queue + SLACK_QUEUE,
        activities=[notifying.notify, notifying.update, notifying.list_members],
        interceptors=[PlainErrors()],
        max_concurrent_activities=at_once,
        max_task_queue_activities_per_second=settings.slack_per_second or None,
        graceful_shutdown_timeout=GRACE,
        deployment_config=_deployment(settings),
    )


def main_worker(
    client: Client,
    settings: Settings,
    house: OutsideSystems,
    documents: dict[str, Document],
    *,
    analyser: Analyser | None = None,
    early_lines: EarlyLines | None = None,
) -> Worker:
    """Return the worker of everything else.

    It also runs Slack's activities: those from before Slack had a queue may still wait in the main one.
    """
    workflow_runner = runner(early_lines)
    worker = Worker(
        client,
        task_queue=settings.task_queue,
        workflows=[ConversationWorkflow, TeamWorkflow, OutageWorkflow, AuditWorkflow, OnCallCheckWorkflow],
        activities=_activities(client, settings, house, documents, analyser=analyser),
        workflow_runner=workflow_runner,
        interceptors=[PlainErrors()],
        graceful_shutdown_timeout=GRACE,
        sticky_queue_schedule_to_start_timeout=_STICKY,
        max_cached_workflows=settings.max_cached_workflows,
        max_concurrent_workflow_tasks=20,
        deployment_config=_deployment(settings),
    )
    # The SDK evicts by itself only, and has no public way to ask for it.
    workflow_runner.evictions.evict = worker._bridge_worker.request_workflow_eviction  # pyright: ignore[reportPrivateUsage]
    return worker


def _activities(
    client: Client,
    settings: Settings,
    house: OutsideSystems,
    documents: dict[str, Document],
    *,
    analyser: Analyser | None,
) -> list[Callable[..., Any]]:
    """Return all activities of the main queue."""
    was_over, keep_policy = RunsBefore(client).was_over, Judgements(house.store).keep_policy
    open_outages = OpenOutages(client, OUTAGE_TYPE).now
    catalog = Catalog(documents, settings.default_policy, house.ledger.taken_in, was_over, keep_policy, open_outages)
    tagger = open_tagger(settings.tagger).tagger if settings.tagger else None
    conversations, teams = Conversations(client, ID_PREFIX), Teams(client, TEAM_PREFIX, TEAM_TYPE)
    incidents, notifying = _incidents(client, settings, house), make_notifying(client, settings, house)
    audit = Audit(client, settings.audit_heartbeat, store=house.store, home=settings.task_queue)
    choices = CustomerChoices(house.store)
    return [
        *(catalog.resolve, catalog.check),
        InsightActivities(analyser or PatternReader(tagger)).understand,
        house.ledger.record,
        house.gathering.gather,
        *(notifying.notify, notifying.notify_soon, notifying.update, notifying.list_members),
        *(conversations.tell, conversations.tell_all, conversations.find),
        *(teams.ask, teams.find, teams.own, teams.leave),
        *(incidents.ask, incidents.leave, incidents.end),
        *(OutageCheck(documents).check, OutageTelling(client, WORKFLOW_TYPE, ID_PREFIX).tell),
        audit.run,
        target_check(settings, documents).run,
        *DeskActivities(house.desk, RepliesSent(house.store), house.tracker).all(),
        Transcripts(house.ledger, house.desk).attach,
        *(choices.recall, choices.remember, choices.forget),
    ]


def target_check(settings: Settings, documents: Mapping[str, Document]) -> TargetCheck:
    """Return the check of the Slack targets of the policies in use."""
    slack = slack_client(settings.slack_token, settings.slack_base_url) if settings.slack_token else None
    return TargetCheck(slack, in_use(settings, documents))


def _incidents(client: Client, settings: Settings, house: OutsideSystems) -> Incidents:
    return Incidents(house.store, client, WORKFLOW_TYPE, ID_PREFIX, settings.task_queue)


def make_notifying(client: Client, settings: Settings, house: OutsideSystems) -> Notifying:
    """Return the activities of all channels."""
    return Notifying(_incidents(client, settings, house), house.channels)


def runner(early_lines: EarlyLines | None = None) -> OneBatchRunner:
    """Return the sandbox. It loads no module anew: all are pure, or are used for their names only.

    `early_lines` gets the lines that conversations have not written yet.
    """
    return OneBatchRunner(
        early_lines=early_lines,
        restrictions=SandboxRestrictions.default.with_passthrough_modules(
            "policies",
            "workflows",
            "activities",
            "structlog",
            "opentelemetry",
            "cel_expr_python",
            "re2",
            "google",
            "sqlalchemy",
            "slack_sdk",
            "jinja2",
            "markupsafe",
            "babel",
        ),
    )


def _deployment(settings: Settings) -> WorkerDeploymentConfig | None:
    """Return the Worker Versioning where the environment names a deployment; else None: one version at a time."""
    if not (settings.deployment and settings.build_id):
        return None
    version = WorkerDeploymentVersion(deployment_name=settings.deployment, build_id=settings.build_id)
    return WorkerDeploymentConfig(
        version=version, use_worker_versioning=True, default_versioning_behavior=VersioningBehavior.PINNED
    )
