"""The change of a running conversation to another policy.

Promises a rule for everything in its state that names a part of the old policy, that no call ends without people
hearing of it, and that a dry run foretells the same. Its face is `adopting` and `fates`. Must not know how a policy is
read.
"""
