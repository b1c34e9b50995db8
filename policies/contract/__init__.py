"""Starts, signals and commands as they arrive from outside, each read within its bounds.

Promises that an unreadable message becomes an event of its own, and that a refusal is a sentence for the sender. Its
face is `messages`, `requests`, `commands` and `sent_fields`. Must not know what follows from a message.
"""
