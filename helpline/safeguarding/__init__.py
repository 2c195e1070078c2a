"""Pages for consents, plans for safe contact, and confidences that have to be broken."""
