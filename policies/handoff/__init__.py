"""The handoff from the assistant to people: its stages, the briefing, and words to the customer.

Promises that no handoff waits for a helpdesk or a person without an end. Its face is `stages`, `coming`, `briefing`,
`choosing` and `telling`. Must not know rules, or how a text is sent.
"""
