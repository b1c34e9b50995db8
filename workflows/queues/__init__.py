"""The state of one team's workflow: how its queue judges, is shown, tells conversations and goes to the next run.

Its face is `state`, `showing`, `messenger` and `search`. Must not know how a conversation is driven.
"""
