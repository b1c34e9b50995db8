"""What support promises, decided: pure functions from conversation, event and time to what must be done.

Must not know Temporal, the network, files (but for `loading`), the clock or chance: the world arrives as arguments.
"""
