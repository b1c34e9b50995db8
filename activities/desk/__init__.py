"""Helpdesks: `port` is what Baton asks of any of them, every other module is one of them."""
