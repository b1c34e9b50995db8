"""`baton briefing` and `baton transcript`: the history of a conversation for the agent who takes over.

Must not compose it: conversations and the ledger do.
"""
