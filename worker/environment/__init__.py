"""The things that the environment names, read and judged once: settings, sources, channels, tagger, database.

Promises that no sentence shows a secret. Its face is one module for each. Must not know Temporal.
"""
