"""Texts in Jinja: tried out when a policy is loaded, filled in within a budget.

Its face is `rendering`. Must not know who reads a text.
"""
