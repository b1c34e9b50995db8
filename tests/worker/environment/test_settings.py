"""Settings that can't be used: one line for each variable, with what to write and without its value."""

import pytest

from worker.environment.settings import Settings, own
from worker.trouble import TroubleError


@pytest.mark.parametrize(
    ("variable", "value", "remedy"),
    [
        ("BATON_HTTP_PORT", "many", "write a whole number"),
        ("BATON_HTTP_PORT", "99999", "write 65535 or less"),
        ("BATON_HTTP_PORT", "1.5", "write a whole number"),
        ("BATON_SLACK_PER_SECOND", "x", "write a number"),
        ("BATON_SLACK_PER_SECOND", "-1", "write 0.0 or more"),
        ("BATON_CONTEXT_WITHIN", "0", "write more than 0.0"),
        ("BATON_CONTEXT_WITHIN", "5", "write 1.5 or less"),
        ("BATON_MAX_CACHED_WORKFLOWS", "-1", "write 0 or more"),
        ("BATON_EDITION_MAX", "0", "write 1 or more"),
        ("BATON_LOG_LEVEL", "loud", "write DEBUG, INFO, WARNING, ERROR or CRITICAL"),
        ("BATON_LOG_FORMAT", "xml", "write console or json"),
    ],
)
def test_a_setting_that_can_t_be_used_is_one_sentence(
    variable: str, value: str, remedy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A setting with a wrong value is named with what to write instead."""
    monkeypatch.setenv(variable, value)
    with pytest.raises(TroubleError) as told:
        own(Settings)
    assert str(told.value) == f"{variable}: {remedy}"


def test_all_wrong_settings_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two wrong settings are told together, a line for each."""
    monkeypatch.setenv("BATON_HTTP_PORT", "many")
    monkeypatch.setenv("BATON_LOG_FORMAT", "xml")
    with pytest.raises(TroubleError) as told:
        own(Settings)
    assert str(told.value) == "BATON_HTTP_PORT: write a whole number\n  BATON_LOG_FORMAT: write console or json"
