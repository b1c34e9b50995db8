"""The change of a running conversation to another policy.

Promises that everything in its state that names a part of the old policy has a fate, that no call ends unheard, and
that a dry run tells the same fates. Its face is `adopting` and `fates`. Must not know how a policy is read.
"""
