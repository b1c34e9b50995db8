"""Does what was decided in the outside world: one class per system, one method per effect.

Must not know how decisions are made; may read policy records, never calls `policies.decide`.
"""
