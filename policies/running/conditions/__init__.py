"""Conditions in CEL: checked when a policy is loaded, evaluated within a budget.

Its face is `evaluating` and `regular`. Must not know what follows from a verdict.
"""
