"""Slack messages as blocks: their texts, buttons and limits.

Must not know how a message is sent.
"""
