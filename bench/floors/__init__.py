"""The least that any program would have to do for the same work, in a few lines each."""
