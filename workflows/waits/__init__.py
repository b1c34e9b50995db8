"""A workflow's waits: its one timer, local activities within a task, and conditions with an end.

Must not know what is waited for.
"""
