"""The Temporal server from outside: connections, search attributes, Schedules, asking and telling workflows.

Promises sentences instead of stack traces for callers' mistakes. Its face is one module for each. Must not print.
"""
