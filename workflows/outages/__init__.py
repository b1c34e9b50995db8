"""The state of one known outage, and what is shown of it.

Its faces are `state` and `showing`. Must not know conversations.
"""
