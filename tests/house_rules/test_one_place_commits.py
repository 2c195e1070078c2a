"""Facts and promises are written together or not at all: only database.py ends a transaction."""

import ast
from pathlib import Path

from tests.house_rules.tree import files_under, parsed, shown

ENDS_A_TRANSACTION = {"commit", "rollback", "begin", "begin_nested"}
ALLOWED = {"helpline/database.py"}


def endings(module: ast.Module) -> list[tuple[int, str]]:
    return [
        (call.lineno, call.func.attr)
        for call in ast.walk(module)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in ENDS_A_TRANSACTION
    ]


def test_only_the_database_module_ends_a_transaction():
    found = [
        f"{shown(path)}:{line} calls .{word}()"
        for path in files_under("helpline", ending=".py")
        if shown(path) not in ALLOWED
        for line, word in endings(parsed(path))
    ]
    assert found == [], "use `with transaction()` of helpline.database"


def test_a_commit_elsewhere_would_be_seen(tmp_path: Path):
    module = ast.parse("def answer(session):\n    session.add(1)\n    session.commit()\n")
    assert endings(module) == [(3, "commit")]
