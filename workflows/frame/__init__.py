"""The frame of every workflow's loop, from the first task of a run to its end.

Promises that a run ends only where nothing is lost. Its face is `shell` and `guarded_state`. Must not know whether the
workflow is a conversation or a team.
"""
