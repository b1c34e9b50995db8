"""The meaning of a customer's message, asked of an analyser behind one port.

Its face is `port`, `reader` and `tagger`. Must not know what follows from a meaning.
"""
