"""Checks that everything a policy names is there: teams, people, ladders, tags, spans, conditions and texts.

Its face is `whole`. Must not know where in the file something stands: `source` finds that.
"""
