"""The rights of the database role under which the helpline runs, where an operator makes one.

It may do everything but change the record of who did what: that it can only add to. Migrations run
as the owner of the tables, who also owns the one function that forgets the oldest part.
"""

import re

from helpline.database import Base

RECORD = ("audit_entry", "audit_seal", "retention_log")
"""What the application itself can't change or delete, whatever goes wrong in it."""


class BadNameError(ValueError):
    """The name can't be a role's; the words say which can."""


def grants(role: str) -> str:
    """Return the SQL that gives `role` its rights; it is for the owner of the database to run.

    Raises:
        BadNameError: the name has other signs than small letters, digits and underscores.

    """
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,60}", role):
        raise BadNameError("Name the role in small letters, digits and underscores")
    lines = [f"GRANT USAGE ON SCHEMA public TO {role};"]
    for table in Base.metadata.sorted_tables:
        rights = "SELECT, INSERT"
        if table.name not in RECORD:
            # What may only be added to can still be deleted whole, when a person is forgotten.
            is_added_to = table.info.get("append_only")
            rights += ", DELETE" if is_added_to else ", UPDATE, DELETE"
        lines.append(f'GRANT {rights} ON "{table.name}" TO {role};')
    lines.append(f"GRANT SELECT ON alembic_version TO {role};")
    lines.append("REVOKE ALL ON FUNCTION forget_old_audit() FROM PUBLIC;")
    lines.append(f"GRANT EXECUTE ON FUNCTION forget_old_audit() TO {role};")
    return "\n".join(lines)
