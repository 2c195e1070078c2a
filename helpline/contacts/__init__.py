"""Callers and contacts: opening, noting, wrapping up."""
