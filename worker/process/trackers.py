"""Opens the tracker that takes bug reports, as BATON_TRACKER names it.

Promises a sentence where it names none that Baton can speak to. Must not know what is reported.
"""

from activities.effects.http import host_of
from activities.effects.signing import Signer
from activities.trackers.github import REPOSITORY, GitHubIssues
from activities.trackers.port import Tracker
from activities.trackers.webhook import PostedTracker
from worker.environment.settings import Settings
from worker.trouble import TroubleError

_GITHUB = "github:"
_FORM = "write github:owner/name, or https://host/path"


def open_tracker(settings: Settings) -> Tracker | None:
    """Return the tracker; None where bug reports stay at the helpdesk. Raises TroubleError."""
    written = settings.tracker
    if not written:
        return None
    if written.startswith(_GITHUB):
        return _github(settings, written.removeprefix(_GITHUB))
    if not host_of(written):
        raise TroubleError(f"BATON_TRACKER is no tracker that Baton knows: {_FORM}")
    return PostedTracker(written, Signer.of(settings.webhook_secrets))


def _github(settings: Settings, repository: str) -> Tracker:
    if not REPOSITORY.fullmatch(repository):
        raise TroubleError(f"BATON_TRACKER names no repository of GitHub: {_FORM}")
    if not settings.tracker_token.isascii() or not settings.tracker_token.strip():
        raise TroubleError("BATON_TRACKER_TOKEN is missing: GitHub takes issues only with a token that may write them")
    if not host_of(settings.github_api):
        raise TroubleError("BATON_GITHUB_API is no address: write https://host/path")
    return GitHubIssues(repository, settings.tracker_token.strip(), settings.github_api)
