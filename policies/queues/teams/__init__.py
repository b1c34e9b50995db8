"""A team's queue as a pure core: what happens to it, how it stands, who gets what next.

The same shape as the conversation's core: it takes events and returns a new state, messages to conversations and
reasons.
"""
