"""The parts that all effects share: an attempt, its confirmation, and two kinds of failure.

Must not know an outside system.
"""
