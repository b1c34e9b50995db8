"""The conversation's entry in a team's queue; in `teams` the queue itself as a pure core.

Promises that a conversation and its team agree on the entry, or look for it. Its face is `queueing`, `routing`,
`entry_check` and `teams.decide`. Must not know rules.
"""
