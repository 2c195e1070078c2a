"""TextSafe: police ask, one careful text goes to a missing person, and nothing comes back."""
