"""What must not get out: numbers in the vault."""
