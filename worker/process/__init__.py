"""A worker process: what it hosts, what it needs, how it is watched, what it logs.

Promises not to start where it can't work, and to say why in one sentence. Its face is `hosting`, `readiness`, `health`
and `telemetry`. Must not know the command line.
"""
