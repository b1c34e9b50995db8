"""Payloads, errors and traces as Temporal carries them.

Promises to read what any client sends. Its face is `decoding`, `short_failures` and `tracing`. Must not know messages.
"""
