"""Events and deadlines whose judging raised: kept whole, told to people, judged again later.

Promises that no exception stops a workflow. Its face is `guard`, `judging`, `set_aside` and `alerting`. Must not know
what is judged.
"""
