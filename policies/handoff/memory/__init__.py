"""What a customer chose in earlier conversations, by their consent and for a time.

Promises that nothing waits for it. Must not know where it is kept.
"""
