"""Everything that raised while it was judged: kept whole, told to people, and judged again in a later run.

Promises that no exception stops a workflow. Its face is `guard`, `judging`, `set_aside` and `alerting`. Must not know
what is judged.
"""
