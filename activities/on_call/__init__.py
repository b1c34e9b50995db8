"""The overrides that people add to on-call rotations.

Must not know how people are told.
"""
