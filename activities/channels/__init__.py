"""Ways to tell people besides Slack, and the choice of the channel for each notification.

Its face is `notifying`, `webhook` and `apprise`. Must not know why people are told.
"""
