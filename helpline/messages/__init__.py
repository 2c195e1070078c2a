"""Message Home: word goes home and back, and nothing else does."""
