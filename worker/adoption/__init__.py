"""`baton policy`: checks policy files, and has running conversations adopt another policy.

Promises that a dry run changes nothing. Its face is `commands`. Must not judge promises itself: `policies` does.
"""
