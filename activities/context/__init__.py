"""Sources that know more of a customer than Baton does, behind one port, for briefings.

Promises that a source which is slow or away holds back no handoff. Its face is `port`. Must not know briefings.
"""
