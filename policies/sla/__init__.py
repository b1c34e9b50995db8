"""Promises to the customer: clocks, silences, business hours, callbacks, and the team or person responsible.

Promises that a clock is judged by the times in the events, never by the time of waking up. Its face is `sla`,
`overtime`, `responsible`, `after_hours`, `silence` and `callbacks`. Must not know rules.
"""
