"""The state of one conversation's workflow: what it judges, shows, records and hands to its next run.

Its face is `state`, `reading`, `showing` and `carried`. Must not know teams.
"""
