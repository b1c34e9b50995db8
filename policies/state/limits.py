"""The limits on the state of a conversation or a team, each with its unit and what happens at it.

Bytes are bytes of UTF-8. Together these limits keep an ordinary state far below what Temporal carries to the next run;
a state that is still too large is cut there (`workflows/carrying/fitting`). Must not know Temporal.
"""

# The content of one message.

SIZE_LIMIT = 32_000
"""Bytes of one event or command as JSON. A larger event is rejected, a larger command is refused; both say why."""
DEPTH_LIMIT = 30
"""Levels of nesting of one event or command. A deeper one is rejected or refused."""
TEXT_LIMIT = 4_000
"""Characters of one message. The rest is cut, with a mark at the end."""
TRANSCRIPT_LIMIT = 64 * 1024
"""Bytes of one message in the ledger, and so in the transcript. The rest is cut, with a mark at the end."""
ATTACHMENTS_LIMIT = 10
"""Attachments of one message. Further ones are not kept, and the timeline says so."""
ATTACHMENT_NAME_LIMIT = 200
"""Bytes of an attachment's name, and of its type. The rest is cut, with a mark."""
ATTACHMENT_URL_LIMIT = 1_000
"""Characters of an attachment's address. A longer one is not kept, because a cut address leads nowhere."""
WORDS_LIMIT = 8_000
"""Bytes of each text that a person leaves: `note`, `tried`, `think`, `need`. The rest is cut, with a mark."""
NAME_LIMIT = 1_000
"""Bytes of each other text of an event or command: a tag, a team, an assignee. The rest is cut, with a mark."""
ID_LIMIT = 200
"""Characters of an event's or command's id. The end of a longer one is replaced by a hash of the whole id."""
DOCUMENT_LIMIT = 400_000
"""Bytes of a policy as JSON. A larger one is refused, because each conversation carries its own copy."""

# The content of a conversation.

TAGS_LIMIT = 200
"""Tags of one conversation. A further tag is not added, and the timeline says so."""
ATTRIBUTES_LIMIT = 100
"""Attributes of one conversation. A further name is not added, and the timeline says so."""
ATTRIBUTE_LIMIT = 2_000
"""Bytes of one attribute's value as text. The rest is cut, with a mark at the end."""
CUSTOMER_LIMIT = 32_000
"""Bytes of the customer's data as JSON. An update that would exceed it changes nothing, and the timeline says so."""
ATTEMPTS_LIMIT = 8
"""Sentences about what was tried or suggested that are kept for a briefing. The oldest is dropped."""
NUMBERS_LIMIT = 8
"""Numbers of orders and the like that are kept for a briefing. The oldest is dropped."""
ATTACHED_LIMIT = 10
"""Attachments of one conversation that briefings show. The oldest is dropped here; the ledger keeps all of them."""
LINE_LIMIT = 2_000
"""Bytes of one line of the timeline. The rest is cut, with a mark at the end."""
FACTS_LIMIT = 60
"""Pairs that repeat one line of the timeline for machines. Further ones are dropped."""
FACT_LIMIT = 300
"""Bytes of each text in such a pair. The rest is cut, with a mark at the end."""
TIMELINE_LIMIT = 100
"""Lines of the timeline kept for operators. The oldest is dropped here; the ledger keeps all of them."""
BEGINNING_LIMIT = 10
"""Lines of the timeline's beginning that stay when others are dropped: how the conversation began explains the rest."""
REMARKS_LIMIT = 50
"""Lines about the order of arrival, such as an instant that was moved. The oldest is dropped."""
TOLD_LIMIT = 50
"""Lines about notes, replies, notifications and calls that were accepted. The oldest is dropped."""
TAIL_LIMIT = 48
"""Facts between which a late event may still be inserted. With more, half of them are folded away.

A quarter is folded away where judging them again would be too much work (`workload`).
"""
RETRACTED_LIMIT = 200
"""Keys of effects that were taken back. The oldest is forgotten."""
SEEN_LIMIT = 20_000
"""Ids of events and commands known as taken in. The oldest is forgotten, and its event would count again."""
SEEN_DAYS = 14
"""The least number of days for which such an id is known, while there are fewer than `SEEN_LIMIT`."""

COUNT_LIMIT = 1_000
"""The highest count of the assistant's unsure or helpless answers in a row. Further ones count no more."""

# The content of a team's queue.

GRANTS_LIMIT = 50
"""Grants remembered, for the list that operators see and for estimates of waits. The oldest is forgotten."""
REFUSALS_LIMIT = 200
"""Conversations outside the queue whose declining agents are remembered. The oldest is forgotten."""
STRANGERS_LIMIT = 20
"""Agents named in messages whom the policy does not have in the team. The oldest is forgotten."""
DEPARTED_LIMIT = 100
"""People who have left a team by a new version of the policy. The oldest is forgotten."""
