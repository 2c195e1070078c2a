"""Years of the line, laid down in the tables: contacts that are over, with their texts."""

import psycopg

from bench.workplace import Workplace
from helpline import encryption

WORDS = "we talked about where she could sleep tonight and what to tell her mother"
_FILLS = (
    """INSERT INTO vault_entry (token, locked_number, blind_index)
    SELECT md5('v' || n)::uuid, NULL, decode(md5('b' || n), 'hex') FROM {series}""",
    """INSERT INTO caller (id, reference, number_token, first_seen_at, is_identified, is_mobile)
    SELECT md5('c' || n)::uuid, 'H' || n, md5('v' || n)::uuid, now() - {ago}, false, true
    FROM {series}""",
    """INSERT INTO contact (id, channel, state, caller_id, owner_id, opened_at, is_flagged,
    taken_at, ended_at, closed_at, ending)
    SELECT md5('k' || n)::uuid, 'sms', 'closed', md5('c' || n)::uuid, %(owner)s, now() - {ago},
    false, now() - {ago}, now() - {ago}, now() - {ago}, 'wrapped_up' FROM {series}""",
    """INSERT INTO text (id, contact_id, direction, words, at, state, state_since, carrier_sid,
    pictures)
    SELECT md5('t' || n || d)::uuid, md5('k' || n)::uuid, d, %(words)s, now() - {ago},
    CASE d WHEN 'inbound' THEN 'received' ELSE 'delivered' END, now() - {ago},
    'SM' || md5(n || d), 0 FROM {series}, (VALUES ('inbound'), ('outbound')) AS way (d)""",
    """INSERT INTO timeline_entry (contact_id, at, what)
    SELECT md5('k' || n)::uuid, now() - {ago}, 'text_arrived' FROM {series}""",
    """INSERT INTO promise (id, kind, about, lane, details, state, attempts, due_at, made_at,
    settled_at, basis, reaches)
    SELECT md5('p' || n)::uuid, 'send_text', md5('t' || n || 'outbound')::uuid,
    md5('c' || n)::uuid, '{{}}', 'accepted', 1, now() - {ago}, now() - {ago}, now() - {ago},
    'conversation', md5('c' || n)::uuid FROM {series}""",
)
_TABLES = ("vault_entry", "caller", "contact", "text", "timeline_entry", "promise")


def lay_down(place: Workplace, first: int, last: int, owner: object) -> None:
    """Add contacts with the numbers from `first` to `last`, the newest last."""
    ring = encryption.text_keys()
    given = {"words": ring.lock(WORDS, "text.words"), "owner": owner}
    series = f"generate_series({first}, {last}) AS n"
    # A million minutes are two years.
    ago = "interval '730 days' - n * interval '1 minute'"
    with psycopg.connect(place.database, autocommit=True) as database:
        # Who refers to whom is right by the way they are made; to check each would take minutes.
        database.execute("SET session_replication_role = replica")
        for fill in _FILLS:
            database.execute(fill.format(series=series, ago=f"({ago})").encode(), given)
        for table in _TABLES:
            database.execute(f"VACUUM (ANALYZE) {table}".encode())
