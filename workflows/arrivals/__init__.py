"""Facts and commands that a workflow was sent and has not judged yet, and what a run begins with.

Promises that no fact is lost and that each caller of a command is answered or refused. Its face is `arrivals`,
`handlers` and `beginning`. Must not know what a message means.
"""
