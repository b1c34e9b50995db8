"""Commands on a terminal: printing, reading what was typed, running to an exit code.

Promises plain text where there is no terminal. Must not know the commands.
"""
