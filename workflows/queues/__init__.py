"""The state of one team's workflow: what its queue judges, shows, tells conversations and hands to its next run.

Its face is `state`, `listening`, `showing`, `messenger` and `search`. Must not know how a conversation is driven.
"""
