"""New versions of Baton that take over while conversations run, with Worker Versioning as a deployment uses it."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any, Self

from temporalio.api.workflowservice.v1 import SetWorkerDeploymentCurrentVersionRequest
from temporalio.client import Client
from temporalio.service import RPCError

from tests.stories.teams import until
from worker.environment.settings import Settings
from worker.process.hosting import OutsideSystems, make_worker

DEPLOYMENT = "baton-under-test"


class Deploys:
    """A series of versions, of which at most two run: the newest, which gets new workflows, and the one before it."""

    def __init__(self, client: Client, settings: Settings, house: OutsideSystems, documents: Mapping[str, Any]) -> None:
        self._client, self._settings, self._house, self._documents = client, settings, house, dict(documents)
        self._running: list[AsyncExitStack] = []
        self.number = 0

    async def __aenter__(self) -> Self:
        await self.next()
        return self

    async def __aexit__(self, *_: object) -> None:
        while self._running:
            await self.stop_oldest()

    async def next(self) -> None:
        """Start the workers of another version and make that version the current one."""
        self.number += 1
        version = {"deployment": DEPLOYMENT, "build_id": f"v{self.number}"}
        settings = self._settings.model_copy(update=version)
        running = AsyncExitStack()
        await running.enter_async_context(make_worker(self._client, settings, self._house, self._documents))
        self._running.append(running)
        await until(lambda: self._is_current(version["build_id"]))

    async def stop_oldest(self) -> None:
        """Stop the workers of the oldest version that runs."""
        await self._running.pop(0).aclose()

    async def _is_current(self, build_id: str) -> bool:
        request = SetWorkerDeploymentCurrentVersionRequest(
            namespace=self._client.namespace,
            deployment_name=DEPLOYMENT,
            build_id=build_id,
            identity="deploys",
            ignore_missing_task_queues=True,
        )
        try:
            await self._client.workflow_service.set_worker_deployment_current_version(request)
        except RPCError:  # the server learns of a version when that version first polls
            return False
        return True
