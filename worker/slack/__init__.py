"""Turns presses in Slack into commands to conversations, and tells people the results.

Promises Slack its acknowledgement in time. Its face is `buttons`. Must not know how messages are posted.
"""
