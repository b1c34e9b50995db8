"""What people do in Slack becomes a command to a conversation, and they are told what came of it.

Promises Slack its acknowledgement in time. Its face is `buttons`. Must not know how messages are posted.
"""
