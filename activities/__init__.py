"""Performs effects in the outside world: one class for each system, one method for each effect.

Must not know how decisions are made; may read policy records, never calls `policies.decide`.
"""
