"""`baton audit`, `retry` and `restart`: check whether promises are kept, and help where they are not.

Its face is `commands`. Must not judge: `activities.audit` and the conversations do.
"""
