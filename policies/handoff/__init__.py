"""A handoff that does not reset the conversation: its stages, the briefing, and what the customer is told."""
