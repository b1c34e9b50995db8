"""`baton audit`, `retry` and `restart`: whether promises are kept, and what helps where they are not.

Its face is `commands`. Must not judge: `activities.audit` and the conversations do.
"""
