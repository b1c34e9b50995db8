"""Words: cutting, spelling, languages, redaction, JSON as text.

Must not know support.
"""
