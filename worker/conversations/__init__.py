"""`baton briefing` and `baton transcript`: what was said in a conversation.

Must not compose it: conversations and the ledger do.
"""
