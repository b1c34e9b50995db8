"""Messages between workflows: from a conversation to its team's queue, and back.

Must not know what follows from it.
"""
