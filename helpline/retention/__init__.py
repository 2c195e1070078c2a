"""Forgetting: how long what is kept, what stops it, and the rights of whom it is about."""
