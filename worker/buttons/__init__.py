"""Carries out what people press on the messages of any channel, and says how it went.

Promises an answer in a sentence, whatever happens. Its face is `carrying_out` and `orders`. Must not know how a press
reaches Baton.
"""
