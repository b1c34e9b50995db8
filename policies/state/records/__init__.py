"""The parts of a situation, one record for each feature that writes it.

Promises frozen records of plain values, each field documented where it stands. Must not know how they come about, nor
how they look in JSON together (`flat`).
"""
