"""`baton feedback`: people's answers to how a conversation went, and a report on the rules.

Its face is `commands`. Must not know how people are asked.
"""
