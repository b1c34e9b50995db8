"""How large the state of a conversation or a team can become: every limit, with its unit and what happens at it.

Bytes are bytes of UTF-8. Together these limits keep an ordinary state far below what Temporal carries to the next run;
a state that still is too large is cut there (`workflows/carrying/fitting`). Must not know Temporal.
"""

# What one sender can put into one message.

SIZE_LIMIT = 32_000
"""Bytes of one event or command as JSON. A larger event is rejected, a larger command is refused; both say why."""
DEPTH_LIMIT = 30
"""Levels of nesting of one event or command. A deeper one is rejected or refused."""
TEXT_LIMIT = 4_000
"""Characters of one message. The rest is cut, with a mark at the end."""
WORDS_LIMIT = 8_000
"""Bytes of each text that people leave: `note`, `tried`, `think`, `need`. The rest is cut, with a mark at the end."""
NAME_LIMIT = 1_000
"""Bytes of each other text of an event or command: a tag, a team, an assignee. The rest is cut, with a mark."""
ID_LIMIT = 200
"""Characters of an event's or command's id. Of a longer one the end is replaced by a hash of the whole."""
DOCUMENT_LIMIT = 400_000
"""Bytes of a policy as JSON. A larger one is refused: each conversation carries its own."""

# What a conversation holds.

TAGS_LIMIT = 200
"""Tags of one conversation. A further tag is not added, and the timeline says so."""
ATTRIBUTES_LIMIT = 100
"""Attributes of one conversation. A further name is not added, and the timeline says so."""
ATTRIBUTE_LIMIT = 2_000
"""Bytes of one attribute's value as text. The rest is cut, with a mark at the end."""
CUSTOMER_LIMIT = 32_000
"""Bytes of what is known of the customer, as JSON. An update that would exceed it changes nothing; the timeline says
so."""
LINE_LIMIT = 2_000
"""Bytes of one line of the timeline. The rest is cut, with a mark at the end."""
FACTS_LIMIT = 60
"""Pairs that say a line of the timeline once more for machines. Further ones are dropped."""
FACT_LIMIT = 300
"""Bytes of each text in such a pair. The rest is cut, with a mark at the end."""
TIMELINE_LIMIT = 100
"""Lines kept for operators. The oldest is dropped; the ledger has all of them."""
REMARKS_LIMIT = 50
"""Lines about the order of arrival, such as an instant that was moved. The oldest is dropped."""
TAIL_LIMIT = 48
"""Facts that a late event may still be put between; half of them are folded away when there are more, a quarter when
judging them again would be too much work (`workload`)."""
RETRACTED_LIMIT = 200
"""Keys of effects that were taken back. The oldest is forgotten."""
SEEN_LIMIT = 20_000
"""Ids of events and commands that are known as taken in. The oldest is forgotten: its event would count again."""
SEEN_DAYS = 14
"""Days for which such an id is known at least, while there are fewer than `SEEN_LIMIT`."""

# What a team holds.

GRANTS_LIMIT = 50
"""Grants remembered: for the list that operators see, and as what estimates of waits are made from."""
REFUSALS_LIMIT = 200
"""Conversations outside the line of which is remembered who declined them. The oldest is forgotten."""
STRANGERS_LIMIT = 20
"""Names in messages that the policy does not have in the team. The oldest is forgotten."""
