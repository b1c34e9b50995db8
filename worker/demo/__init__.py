"""Written conversations, played on a real server with skipped time: what `baton demo` shows and the stories check.

Must not decide anything: everything shown comes from the conversations' own answers.
"""
