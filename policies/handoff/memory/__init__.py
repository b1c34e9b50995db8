"""The choices of a customer in earlier conversations, kept by their consent and for a time.

Promises that nothing waits for it. Must not know where it is kept.
"""
