"""Effects and ledger lines on their way out of a workflow.

Promises order within a lane, and that one outside system delays only its own effects. Its face is `outbox`,
`performing` and `journal`. Must not know why an effect is wanted.
"""
