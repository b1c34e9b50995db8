"""The audit: open conversations and teams, compared from outside with what they promise, and mended.

Its face is `look` and `findings`. Must not judge promises itself: conversations say what they have promised.
"""
