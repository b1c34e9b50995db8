"""Slack: calls and notices, once each, as messages of their own or in digests, and what they show later.

Promises that a repeated effect sends no second message. Its face is `real`, `recorded` and `workspace`. Must not know
why people are told.
"""
