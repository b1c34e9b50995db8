"""Where a briefing learns what Baton does not know: one port, and whoever answers it."""
