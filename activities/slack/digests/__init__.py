"""Digests: one message for many notifications, where a channel gets more than people can read.

Must not know who is called.
"""
