"""What every effect has in common: its attempt, its confirmation, its two kinds of failure.

Must not know an outside system.
"""
