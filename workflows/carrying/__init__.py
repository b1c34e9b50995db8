"""The state that a run hands to the next run, made small enough for the server.

Promises that the state fits, whatever it holds, and that everything dropped is named. Its face is `fitting`, `packing`
and `pinned`. Must not know which parts a state has.
"""
