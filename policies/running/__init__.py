"""A policy that is ready to run, and the working copy of one turn.

Promises that the key of each effect follows from its cause. Its face is `policy`, `turn`, `facts` and `judgement`.
Must not know which event or rule wants which effect.
"""
