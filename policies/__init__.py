"""Support's promises, decided by pure functions: conversation, event and time in, the things to do out.

Must not know Temporal, the network, files (but for `loading`), the clock or chance: the world arrives as arguments.
"""
