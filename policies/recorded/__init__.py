"""Decisions on record: what was judged, and judging it again.

Promises that a conversation's judgements, judged again under the same policies, give the same decisions, or a sentence
that says why that can't be told. Its face is `judgements`. Must not know where judgements are kept.
"""
