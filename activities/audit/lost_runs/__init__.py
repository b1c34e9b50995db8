"""Runs that the server ended: how each ended, and the input of the run that takes its place.

Promises that nothing is told twice. Must not know open conversations.
"""
