"""Conclusions from messages that were read: keywords, the escalation score, proposed tags.

Promises that a conclusion counts from the time of its message. Its face is `understanding`, `mentions`, `tagging` and
`agreement`. Must not know how a message is read: an activity does.
"""
