"""`baton briefing`, `baton transcript`, `baton verify`: the history of a conversation, and its decisions judged again.

Must not compose it: conversations and the ledger do.
"""
