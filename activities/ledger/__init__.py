"""The ledger: every decision and effect of every conversation, and how each conversation stands.

Promises that a line is written once. Its face is `lines`, `standings` and `feedback`. Must not know who reads it.
"""
