"""Calls: answered by a greeting, kept company while they wait, put through to a call-taker."""
