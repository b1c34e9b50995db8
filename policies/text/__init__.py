"""Words: cutting, spelling, redaction, JSON as text.

Must not know support.
"""
