"""The plain text of a message: the part of it that is read for its meaning."""

import pytest

from activities.insight.plain import plain

SENT = {
    "an address": ("See https://example.test/a?b=1&amp;c for it", "See for it"),
    "a mention": ("@support_team please, mail me@example.test", "please, mail me@example.test"),
    "markup": ("Fish &amp; chips &lt;now&gt; __url_1__", "Fish & chips <now>"),
    "quotes by a program": ("I’m “done”…\u00a0really", 'I\'m "done"... really'),
    "lines": ("one\r\n\ttwo\u2028three", "one two three"),
    "no text": ("a\x00b\u202ec", "abc"),
    "letters in two parts": ("cafe\u0301", "café"),
    "letters with something invisible between": ("cafe\u200d\u0301", "café"),
    "another script": ("我要退款 🙏", "我要退款 🙏"),
}


@pytest.mark.parametrize(("sent", "left"), SENT.values(), ids=SENT)
def test_a_message_is_judged_as_one_line_of_words(sent: str, left: str) -> None:
    """Web addresses, mentions, markup and invisible characters are removed; curly quotes become straight ones."""
    assert plain(sent) == left
