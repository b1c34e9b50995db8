"""What a conversation knows of outages.

Its face is `known`. Must not know what follows from an outage.
"""
