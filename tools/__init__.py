"""Programs that build, run and check the system; none of them is imported by it."""
