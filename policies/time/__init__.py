"""Business hours, stopwatches that count them, wall clocks and the arithmetic of on-call turns.

Must not know support.
"""
