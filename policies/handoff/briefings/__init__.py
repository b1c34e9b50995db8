"""The parts of a briefing: the summary, what was tried, the next steps, and words for the answer.

Promises that each line follows from something on record. Must not know when an agent is briefed (`handoff.briefing`).
"""
