"""Runs that the server ended: how each ended, and what a new run begins with.

Promises that nothing is told twice. Must not know open conversations.
"""
