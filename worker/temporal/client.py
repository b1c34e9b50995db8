"""The connection to Temporal.

Promises that every process writes the same payloads, that workers carry traces, and that a missing server gives one
sentence with what to run. Must not know workflows.
"""

from collections.abc import Sequence

from temporalio.client import Client, Interceptor
from temporalio.envconfig import ClientConfig
from temporalio.runtime import Runtime

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
        raise NoServerError(f"The settings of the connection can't be used, look at TEMPORAL_*: {error}") from None
    if address:
        config["target_host"] = address
    where = config.setdefault("target_host", "localhost:7233")
    try:
        return await Client.connect(**config, data_converter=data_converter, interceptors=carriers, runtime=runtime)
    except ValueError as error:
        raise NoServerError(f"TEMPORAL_ADDRESS is {where}, and that can't be an address: {error}") from None
    except RuntimeError as error:
        if "Connection refused" in str(error):
            raise NoServerYetError(f"No Temporal server at {where}: run `baton up`, or set TEMPORAL_ADDRESS") from None
        raise NoServerYetError(f"The Temporal server at {where} refuses the connection: {error}") from None


def interceptors() -> Sequence[Interceptor]:
    """Return the interceptors that carry traces from the client through workflows into activities."""
    # Loads the SDK's workers, too: a fifth of the time of a short command, which uses neither.
    from workflows.payloads.tracing import Tracing

    return [Tracing()]
