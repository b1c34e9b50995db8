"""The signals and updates that reached a workflow and are not judged yet, and the input that a run begins with.

Promises that no fact is lost and that each caller of a command is answered or refused. Its face is `arrivals`,
`handlers` and `beginning`. Must not know what a message means.
"""
