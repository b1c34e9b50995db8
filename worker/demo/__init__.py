"""Written conversations, played on a real server with skipped time: `baton demo`, and what stories check.

Its face is `player`, `script` and `report`. Must not decide anything: everything shown comes from the conversations.
"""
