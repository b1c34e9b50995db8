"""Helpdesks: `port` is what Baton asks of any helpdesk, each other module is one helpdesk.

Promises that a repeated effect changes nothing twice. Must not know why an effect is wanted.
"""
