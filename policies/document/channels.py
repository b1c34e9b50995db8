"""The channels that a policy may name: the form of their targets, and what else a policy and a workflow know of them.

A target begins with its channel's scheme, such as `slack:#support`. People (`person:`, `team:`, `on-call:`) are told on
the channel whose member IDs stand under `people`. Promises that no sentence repeats a target that may be a secret
address. Must not know how a channel is reached: that is a folder in `activities`, opened by `worker.process.channels`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChannelTerms:
    """One channel, as a policy and a workflow see it."""

    form: re.Pattern[str]
    """The form of its targets, without the scheme."""
    remedy: str
    """The sentence about a target of another form; `{target}` stands for that target."""
    is_certain: bool = True
    """True where its messages surely reach people, so that a ladder may end with it."""
    is_secret: bool = False
    """True where a target holds an address that is often a secret, so that people read only the channel's name."""
    tells_why: bool = True
    """False where it can't tell a wrong address from a system that is down: then it is given up sooner."""
    is_paced: bool = False
    """True where its messages go through the task queue whose rate the server keeps."""


CHANNELS: Mapping[str, ChannelTerms] = {
    "slack": ChannelTerms(
        re.compile(r"[#@][^\s#@]+|![A-Z0-9]+|[CG][A-Z0-9]{2,}"),
        "`{target}` is not a Slack channel or person: write `slack:#channel` or `slack:@user-id`",
        is_paced=True,
    ),
    "webhook": ChannelTerms(
        re.compile(r"https?://[^\s/]+\S*"),
        "`{target}` is not an address: write `webhook:https://host/path`",
        is_certain=False,
        is_secret=True,
    ),
    "apprise": ChannelTerms(
        re.compile(r"\w[\w.-]*"),
        "`apprise:` takes a name, such as `apprise:sms`; the address goes under that name into BATON_NOTIFY",
        is_certain=False,
        tells_why=False,
    ),
}
"""The channels by the schemes of their targets, in the order in which people read them."""

OF_PEOPLE = "slack"
"""The channel on which people are told, because a policy has their member IDs there."""

_OTHERS = tuple(scheme for scheme in CHANNELS if scheme != OF_PEOPLE)
_KINDS = [f"{kind}:" for kind in (OF_PEOPLE, "person", "on-call", "team", *_OTHERS)]
KINDS = f"{', '.join(_KINDS[:-1])} or {_KINDS[-1]}"
"""The beginnings of all targets of a ladder's step, for people."""
