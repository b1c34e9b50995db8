"""`baton queue`: shows a team's people, the conversations that wait, and why they wait.

Its face is `commands`. Must not know how a queue decides.
"""
