"""The port of a channel, the choice of one for each notification, and the channels besides Slack.

Its face is `port` and `notifying`; each channel is one module or folder. Must not know why people are told.
"""
