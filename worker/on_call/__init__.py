"""`baton on-call` and `baton drill`: shows and changes the people on call, imports iCalendar files, rehearses calls.

Its face is `commands` and `drilling`. Must not know how turns are counted: `policies.document.rotation` does.
"""
