"""The floor of an assignment: one UPDATE that takes what nobody holds, and a commit."""

from typing import Any

import psycopg

TABLE = (
    "CREATE TABLE IF NOT EXISTS floor_claim (id int PRIMARY KEY, state text, owner int, "
    "since timestamptz)"
)
FILL = "INSERT INTO floor_claim SELECT n, 'waiting', NULL, now() FROM generate_series(1, 500) n"
INDEX = (
    "CREATE INDEX IF NOT EXISTS floor_claim_waiting ON floor_claim (since) WHERE state = 'waiting'"
)
CLAIM = (
    "UPDATE floor_claim SET state = 'offered', owner = %s WHERE id = (SELECT id FROM floor_claim "
    "WHERE state = 'waiting' ORDER BY since LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id"
)


def claim_all(connection: psycopg.Connection[Any], most: int) -> None:
    """Claim so many, one after the other."""
    for owner in range(most):
        connection.execute(CLAIM, (owner,))
        connection.commit()
