"""The limits of Temporal's server, and how much of each Baton uses, with the unit and what happens at the limit.

Bytes are those of the encoded payload, JSON in UTF-8, as the server counts them. `policies.state.limits` bounds what a
conversation or a team holds.
"""

PAYLOAD_LIMIT = 2 * 1024 * 1024
"""Bytes of one input, result, signal or answer to a query.

The server refuses more, and a task that sends more fails again and again.
"""
COMMAND_LIMIT = 1_300_000
"""Bytes of a command. A larger one is refused unread, and our own clients do not send it.

Three times what a policy and the rest of a command may have, because a sender may escape each character (`\\u0432`).
"""
COMMAND_VALUES_LIMIT = 50_000
"""Values in a command, counted by its brackets and commas.

Numbers and lists take long to read for their few bytes; policies have some 20 bytes for each value. A command with more
values is refused unread.
"""
SENT_BACK_LIMIT = 2_000_000
"""Bytes of the commands that one task accepts or refuses.

The worker sends each of them back to the server, but may not send more than `PAYLOAD_LIMIT` for one command; over four
megabytes for all of them, the server ends the workflow. The server accepts commands of up to four megabytes, and ten at
a time. Commands beyond the limit get no answer, and the server rejects them.
"""
CARRIED_LIMIT = 1_500_000
"""Bytes of the state that a run hands to the next.

The rest is dropped in a defined order (`carried`), and the timeline, the ledger and the log say what was dropped.
"""
UNREAD_LIMIT = 1_900_000
"""Bytes of a run's input that no worker can read so far, with what has come meanwhile.

The rest is dropped in a defined order (`beginning`), but never from what an earlier run handed on.
"""
CARRIED_PLAIN_LIMIT = 4_000_000
"""Bytes of the same state before it is packed: the next run must read it within a task of two seconds."""
PLAIN_LIMIT = 50_000
"""Bytes of a state that is handed on as plain JSON, so that operators can read it. A larger one is packed."""
ANSWER_LIMIT = 1_000_000
"""Bytes of the answer to a query. A larger answer is shortened, and says so."""
WAITING_LIMIT = 300
"""Effects that wait to go out. Beyond this, the oldest notices are given up; a call to people never is."""
WAITING_BYTES_LIMIT = 500_000
"""Bytes of the effects that wait to go out. Beyond this, the oldest notices are given up as well."""
BATCH_LIMIT = 1_000_000
"""Bytes of the lines or messages in one activity's input. The others go with the next one."""
FAILURE_LIMIT, TRACE_LIMIT = 4_000, 16_000
"""Characters of an error's message and of its stack trace, and of each error that caused it. The rest is cut."""
SEARCH_ATTRIBUTE_LIMIT = 2_048
"""Bytes of one value as JSON in ASCII: a Cyrillic letter takes six (`\\u0432`), an emoji twelve.

Over it the server ends the workflow. A longer keyword is cut, and a list leaves out the keywords for which there is no
room.
"""
KEYWORD_LIMIT = 255
"""Characters of one keyword, which is what the SQL schemas hold. The rest is cut."""
SUMMARY_LIMIT = 200
"""Bytes of the summary of a timer or an activity; the server takes 400. The rest is cut."""
DETAILS_LIMIT = 18_000
"""Bytes of the page that operators see in the Temporal UI; the server takes 20,000. The rest is cut."""
