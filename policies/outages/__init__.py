"""Known outages: a conversation that matches one is part of it, its customer is told, and no rule calls people for it.

Its face is `joining`. Must not know who opens an outage, or which conversations there are.
"""
