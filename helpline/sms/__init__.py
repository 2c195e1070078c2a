"""Texts: conversations that are never lost and never doubled."""
