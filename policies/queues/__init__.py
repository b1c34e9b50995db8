"""The conversation's place in a team's queue; in `teams` the queue itself as a pure core.

Promises that a conversation and its team agree on the place, or look for it. Its face is `queueing`, `routing`,
`keeping_place` and `teams.decide`. Must not know rules.
"""
