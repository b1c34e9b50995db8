"""Buttons and forms in Slack: each becomes a command, and the person is told the result.

Promises Slack its acknowledgement in time. Its face is `buttons`. Must not know how messages are posted.
"""
