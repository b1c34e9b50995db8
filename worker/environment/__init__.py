"""Settings, sources, channels, tagger and database, as the environment names them, judged once.

Promises that no sentence shows a secret. Its face is one module for each. Must not know Temporal.
"""
