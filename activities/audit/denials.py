"""Calls that the server does not allow the audit: told once for each, with the permission to give.

Promises that a missing permission is taken neither for an outage nor for a worker that is away. Must not know how
permissions are given.
"""

from collections import Counter

from temporalio.service import RPCError, RPCStatusCode

from activities.audit.findings import Finding, finding

_DENIED = (RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNAUTHENTICATED)


class Denials:
    """The calls that were denied during one pass, and how often each was."""

    def __init__(self) -> None:
        """Begin with none."""
        self._counts: Counter[tuple[str, str]] = Counter()

    def add(self, call: str, error: RPCError) -> bool:
        """Remember a denial of `call`, such as `ask workflows`; return False where the error is another one."""
        if error.status not in _DENIED:
            return False
        self._counts[call, error.message] += 1
        return True

    def findings(self) -> list[Finding]:
        """Return one finding for each call that was denied."""
        remedy = "give its API key or its certificate that permission"
        return [
            finding("unseen", "", f"the server does not let the audit {call}: {remedy} ({said}, {times} times)", None)
            for (call, said), times in sorted(self._counts.items())
        ]
