"""The check that the policy which a worker has found is the one that a command asked for.

Must not know what becomes of the conversation under it.
"""

from activities.catalog import PinnedPolicy
from policies.state.events import PolicyAdopted


def trouble_with(found: PinnedPolicy, asked: PolicyAdopted, *, edition: int) -> str:
    """Return why the policy found is not the one asked for, for the command's sender; empty where it is."""
    if found.trouble:
        return found.unknown or found.trouble
    name, version = found.document["policy"], found.document["version"]
    if edition < 3:  # before, neither the name of a document nor a version was compared
        return ""
    if name != asked.policy:
        return f"the document is policy {name}, and the command names {asked.policy}: name the document's"
    if asked.version not in (None, version):
        return f"policy {name} has version {version} here, not {asked.version}: deploy that version, or name none"
    return ""
