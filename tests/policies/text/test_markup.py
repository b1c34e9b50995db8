"""The words of an HTML mail, as a mail program shows them; and the time that it takes to find them."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.text.markup import shown
from policies.text.written import READ_LIMIT, own_words

GMAIL = (
    "<div>No, I want my <b>la</b>wyer.</div><br><div class='gmail_quote'>"
    "<div>On Mon, 3 Nov 2025 at 10:00, ACME &lt;help@acme.example&gt; wrote:<br></div>"
    "<blockquote type=cite><p>Was your account hacked?</p><blockquote>A refund?</blockquote><p>Kind regards</p>"
    "</blockquote></div>"
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GMAIL, "No, I want my lawyer."),
        ("<p>one</p><p>two<br>three</p>", "one two three"),
        ("<html><head><title>x</title><style>p{color:red}</style></head><body>Hello</body></html>", "Hello"),
        ("<!-- [if mso]><p>not shown</p><![endif] -->Shown", "Shown"),
        ("<table><tr><td>Order</td><td>42</td></tr></table>", "Order 42"),
        ("I don&#39;t &amp; won&rsquo;t &lt;pay&gt;", "I don't & won’t <pay>"),
        ("<o:p>&nbsp;</o:p><span style='x'>Hi</span>", "Hi"),
        # No HTML: everything stays.
        ("if a < b and c > d, write <kim@acme.example>", "if a < b and c > d, write <kim@acme.example>"),
        ("<<< look here >>>", "<<< look here >>>"),
        ("<kim>", "<kim>"),
    ],
)
def test_html_is_read_as_it_is_shown(text: str, words: str) -> None:
    """Tags, styles and comments are no words of the customer's, quotations are left out, and other brackets stay."""
    assert " ".join(own_words(text).split()) == words


@given(st.text(alphabet="<>/!-abp \n&;#'\"", max_size=300))
def test_any_text_is_read(text: str) -> None:
    """Any text can be read, and a text without a bracket or an ampersand stays as it is."""
    assert isinstance(own_words(text), str)
    plain = text.replace("<", "").replace("&", "")
    assert shown(plain) == plain


PARTS = [
    "<p", "<", "<!--", "<style>", "<style></style", "<div>", "<b>x</b>", "&amp;", "<blockquote>", "</blockquote>",
    "<blockquote>x", "<td>1</td>", "On 1 wrote\n", "--\n", "\n", "> x\n", "From: a\nSent: 1:00\n", "<a b='>'>", "x\n",
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("part", PARTS)
def test_no_text_takes_more_than_its_length(part: str) -> None:
    """Four times the text takes no more than about four times the processor time, whatever it is made of."""
    assert _best_of(part, READ_LIMIT) < 12 * max(_best_of(part, READ_LIMIT // 4), 0.001)


def _best_of(part: str, length: int) -> float:
    return _seconds((part * length)[:length])


def _seconds(text: str) -> float:
    """Return the processor time of this thread, the best of several readings: others use the processor, too."""

    def once() -> float:
        began = time.thread_time()
        own_words(text)
        return time.thread_time() - began

    return min(once() for _ in range(7))
