"""The connection to Temporal.

Promises that every process writes the same payloads, that workers carry traces, and that a missing server gives one
sentence with what to run. Must not know workflows.
"""

from collections.abc import Sequence

from temporalio.client import Client, Interceptor
from temporalio.envconfig import ClientConfig
from temporalio.runtime import Runtime

from worker.temporal.unconnected import is_for_good, unconnected, unusable_address, unusable_settings
from worker.trouble import TroubleError
from workflows.payloads.decoding import data_converter


class NoServerError(TroubleError):
    """No Temporal server answered."""


class NoServerYetError(NoServerError):
    """No Temporal server answered at this address now; one may, a moment later."""


async def connect(*, address: str | None = None, runtime: Runtime | None = None, carries_traces: bool = True) -> Client:
    """Connect as `TEMPORAL_*` variables and `temporal.toml` say; `address` overrides theirs. Raises NoServerError."""
    carriers = interceptors() if carries_traces else ()
    try:
        config = ClientConfig.load_client_connect_config()
    except (OSError, RuntimeError, ValueError) as error:
        raise NoServerError(unusable_settings(error)) from None
    if address:
        config["target_host"] = address
    where = config.setdefault("target_host", "localhost:7233")
    if "://" in where:  # the library warns of it, and will refuse it
        raise NoServerError(f"TEMPORAL_ADDRESS is {where}: write it without {where.partition('//')[0]}//")
    try:
        return await Client.connect(**config, data_converter=data_converter, interceptors=carriers, runtime=runtime)
    except ValueError as error:
        raise NoServerError(unusable_address(where, error)) from None
    except RuntimeError as error:
        kind = NoServerError if is_for_good(error) else NoServerYetError
        raise kind(unconnected(where, error)) from None


def interceptors() -> Sequence[Interceptor]:
    """Return the interceptors that carry traces from the client through workflows into activities."""
    # Loads the SDK's workers, too: a fifth of the time of a short command, which uses neither.
    from workflows.payloads.tracing import Tracing

    return [Tracing()]
