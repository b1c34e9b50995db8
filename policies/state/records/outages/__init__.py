"""The knowledge that a conversation has of outages.

Its face is `known`. Must not know what follows from an outage.
"""
