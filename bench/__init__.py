"""Measurements of Baton, beside the same work written by hand as a bare Temporal workflow.

Must not be imported by anything else.
"""
