"""Events, effects, the situation and the conversation, with their limits.

Frozen records, and figures that follow from them alone. Must not know policies beyond their records.
"""
