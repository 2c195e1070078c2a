"""A file or a function that nobody can take in at once is two."""

import ast
from pathlib import Path

import pytest

from tests.house_rules.tree import files_under, parsed, shown

LONGEST_FILE = 400  # lines; the guide is 300
LONGEST_FUNCTION = 60  # lines; the guide is 30
OURS = ("helpline", "exchange", "tools", "simulation", "chaos")


def code_files() -> list[Path]:
    return files_under(*OURS, ending=".py")


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [node for node in ast.walk(parsed(path)) if isinstance(node, kinds)]


def test_no_file_is_too_long_to_read():
    lengths = {shown(path): len(path.read_text("utf-8").splitlines()) for path in code_files()}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_no_function_is_too_long_to_read():
    too_long = {
        f"{shown(path)}:{each.lineno} {each.name}": each.end_lineno - each.lineno + 1
        for path in code_files()
        for each in functions(path)
        if each.end_lineno - each.lineno + 1 > LONGEST_FUNCTION
    }
    assert too_long == {}


@pytest.mark.parametrize("word", ["util", "helper", "manager", "handler", "dao", "misc", "common"])
def test_no_file_has_a_name_that_says_nothing(word: str):
    named_so = [
        shown(path) for path in code_files() if {word, f"{word}s"} & set(path.stem.split("_"))
    ]
    assert named_so == []
