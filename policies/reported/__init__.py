"""Reports on a conversation by people and helpdesks: its details, and who has it.

Promises that what has happened at the helpdesk is followed. Its face is `details` and `changes_of_hands`. Must not know
what a rule does about it.
"""
