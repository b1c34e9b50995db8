"""Slack: pages and notices, once each, as messages of their own or in digests; what people see of them later."""
