"""Escalation ladders: which step calls which people, the result of each call, and who has acknowledged.

Promises that a reachable person is called within the waits of the steps before. Its face is `ladder`, `deliveries` and
`calls`. Must not know Slack, or which rule calls.
"""
