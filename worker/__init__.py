"""Hosts the rest: every main, and the only place that reads the environment, opens sockets or configures logging.

Must not hold a rule about support; nothing imports it.
"""
