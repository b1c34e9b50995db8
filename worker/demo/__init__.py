"""Written conversations, played on a real server with skipped time: used by `baton demo` and by stories.

Its face is `player`, `script` and `report`. Must not decide anything: everything shown comes from the conversations.
"""
