"""Incidents: the calls that belong to one, stored so that all workers agree.

Its face is `membership` and `store`. Must not know how people are told.
"""
