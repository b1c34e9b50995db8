"""`baton tagger` and `baton evaluate`: training on labelled texts, and figures on how well it works.

Promises that every figure comes from texts that were not learnt. Its face is `commands`. Must not know workflows.
"""
