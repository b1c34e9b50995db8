"""`baton policy`: checking policy files, and adopting another policy in running conversations.

Promises that a look changes nothing. Its face is `commands`. Must not judge promises itself: `policies` does.
"""
