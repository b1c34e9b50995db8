"""Engineering's trackers, which take bug reports: GitHub Issues, or any tracker by a signed POST.

Promises one report for each key, however often it is sent. Its face is `port`. Must not know the helpdesk.
"""
