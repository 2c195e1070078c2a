"""Facts and promises are written together or not at all: only database.py ends a transaction."""

import ast

from tests.house_rules.tree import files_under, parsed, shown

ENDS = {"commit", "rollback"}
BEGINS = {"begin", "begin_nested"}  # of a session; a sign-in may begin where it likes
OF_A_DATABASE = {"session", "connection", "engine"}
ALLOWED = {"helpline/database.py"}


def endings(module: ast.Module) -> list[tuple[int, str]]:
    """Return line and word of each call that begins or ends a transaction by hand."""
    calls = (node.func for node in ast.walk(module) if isinstance(node, ast.Call))
    methods = [method for method in calls if isinstance(method, ast.Attribute)]
    return [
        (method.lineno, method.attr)
        for method in methods
        if method.attr in ENDS
        or (method.attr in BEGINS and ast.unparse(method.value).split(".")[-1] in OF_A_DATABASE)
    ]


def test_only_the_database_module_ends_a_transaction():
    found = [
        f"{shown(path)}:{line} calls .{word}()"
        for path in files_under("helpline", ending=".py")
        if shown(path) not in ALLOWED
        for line, word in endings(parsed(path))
    ]
    assert found == [], "use `with transaction()` of helpline.database"


def test_a_commit_elsewhere_would_be_seen():
    source = "def answer(session):\n    with db.session.begin(): pass\n    session.commit()\n"
    module = ast.parse(source)
    assert sorted(endings(module)) == [(2, "begin"), (3, "commit")]
