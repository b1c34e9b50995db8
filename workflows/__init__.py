"""Drives conversations and teams durably: feeds events to `policies` and has the effects performed.

Must not know why anything is decided, nor how a helpdesk or Slack is spoken to.
"""
