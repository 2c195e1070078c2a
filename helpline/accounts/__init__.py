"""Staff: who they are, how they sign in, whether they are free to take a call."""
