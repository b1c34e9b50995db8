"""A helpdesk that is asked over HTTP, as an example of the port `activities.desk.port`.

Its face is `desk` and `settings`. Must not know why an effect is wanted.
"""
