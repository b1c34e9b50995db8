"""The state that a run hands to the next run, made small enough for the server.

Promises that it fits whatever the state is, and names what was dropped. Its face is `fitting`, `packing` and
`pinned`. Must not know which parts a state has.
"""
