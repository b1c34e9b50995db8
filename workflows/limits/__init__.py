"""The server's limits, how long Baton waits for the outside world, and how texts are cut to fit.

Each number has its unit and its reason. Must not know workflows.
"""
