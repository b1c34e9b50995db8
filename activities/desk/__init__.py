"""Helpdesks: `port` says what Baton asks of a helpdesk, the other modules ask it.

Promises that a repeated effect changes nothing twice. Must not know why an effect is wanted.
"""
