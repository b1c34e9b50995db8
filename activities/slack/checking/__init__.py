"""Asks Slack whether the channels and people that policies name can be reached, before a person is needed.

Must not know when it is asked, or who reads the findings.
"""
