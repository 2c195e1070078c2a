"""Partners who can be brought onto a call, their checked numbers, and who is to be rung now."""
