"""The contract with backends: JSON Schemas made from the models that read and answer.

Its face is `schemas`. Must not know workflows.
"""
