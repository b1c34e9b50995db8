"""`baton on-call` and `baton drill`: who is on call, overrides, iCalendar files, rehearsals.

Its face is `commands` and `drilling`. Must not know how turns are counted: `policies.document.rotation` does.
"""
