"""`baton queue`: who of a team is there, what waits and why.

Its face is `commands`. Must not know how a queue decides.
"""
