"""Signposting: what we pointed somebody to, whether they took it, and what came of it."""
