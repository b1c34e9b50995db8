"""`baton incident`: lists incidents, shows one, and ends one.

Its face is `commands`. Must not know what an incident does: its conversation does.
"""
