"""Answers to queries and Markdown that always fit, with less in them where something can't be shown.

Must not know whether a conversation or a team is shown.
"""
