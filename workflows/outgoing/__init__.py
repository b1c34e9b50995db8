"""Effects and lines for the ledger on their way out.

Promises order within a lane, and that one outside system delays only its own effects. Its face is `outbox`,
`performing` and `journal`. Must not know why an effect is wanted.
"""
