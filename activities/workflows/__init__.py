"""What one workflow tells another: a conversation its team's queue, a team its conversations.

Must not know what follows from it.
"""
