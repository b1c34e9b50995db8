"""The time of a callback in the customer's words, in English, German, French and Spanish.

Promises a time that is never past, and none where the words may mean something else. Must not know what was offered.
"""
