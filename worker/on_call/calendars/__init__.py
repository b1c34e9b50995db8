"""iCalendar files (RFC 5545), as people export them from calendars and from other on-call programs.

Promises that an event becomes the shifts that its calendar shows, or is left out with its line and a reason. Its face
is `importing`. Must not store anything.
"""
