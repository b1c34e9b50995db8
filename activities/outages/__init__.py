"""Known outages: found for new conversations, checked before they are opened, and told to open conversations.

Its faces are `open_outages` and `telling`. Must not know what a conversation does with an outage.
"""
