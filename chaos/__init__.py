"""What the line survives: real processes, killed and cut off, and a ledger that forgets nothing."""
