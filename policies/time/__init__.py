"""Business hours, wall clocks and the arithmetic of on-call turns.

Must not know support.
"""
