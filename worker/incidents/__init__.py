"""`baton incident`: which incidents there are, and ending one.

Its face is `commands`. Must not know what an incident does: its conversation does.
"""
