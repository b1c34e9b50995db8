"""The choices that customers want to be remembered, kept for their later conversations.

Promises that a customer's latest word counts, in whatever order the words arrive. Must not know who agreed to it.
"""
