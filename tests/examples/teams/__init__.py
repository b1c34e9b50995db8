"""Microsoft Teams: messages in channels, changed later, with a button that acknowledges.

Its face is `channel`, `door` and `settings`. Must not know why people are told.
"""
