"""Baton's own tables, and how to reach them on SQLite and PostgreSQL.

Its face is `tables`, `statements` and `batched_lookup`. Must not know what rows mean.
"""
