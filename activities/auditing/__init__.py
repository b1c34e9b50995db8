"""What the audit looks at beside the open conversations themselves, and how it mends what it finds."""
