"""`baton outage`: opens a known outage, lists and shows outages, changes and closes them.

Its face is `commands`. Must not know what a conversation does with an outage: `policies.outages` does.
"""
