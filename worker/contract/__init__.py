"""The contract with backends: JSON Schemas made from the models that read and answer.

Its face is `schemas`, and `python -m worker.contract.schemas`. Must not know workflows.
"""
