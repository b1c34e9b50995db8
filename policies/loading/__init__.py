"""The way from YAML text to a policy document, or to a list of all its errors.

Promises a place and a remedy for each error, and that a policy which loads can be run. Its face is `load` and
`sent_policy`. Must not know conversations.
"""
