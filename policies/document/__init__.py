"""The policy as it is written: a record for each part, with the sentences of its schema.

Its face is `document`, and `clocks` for the kinds of promises. Must not know files, or whether a name in one part
exists in another.
"""
