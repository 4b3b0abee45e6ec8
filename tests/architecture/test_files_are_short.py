"""A file over 400 lines is asking to be two; a function over 40 is asking to be three."""

import ast
from pathlib import Path

from tests.architecture.code import ROOT, Function, functions, python_files

LONGEST_FILE = 400  # lines
LONGEST_FUNCTION = 40  # lines, without the docstring
STORIES = {("apps/dashboard/demo.py", "_change_chapters"): "a table of what happened when, a line an event"}
BROWSER_FILES = sorted(
    path for pattern in ("css/*.css", "js/*.js") for path in (ROOT / "static").glob(pattern)
) + sorted((ROOT / "templates").rglob("*.html"))


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def length(function: Function) -> int:
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    has_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return lines - ((first.end_lineno or first.lineno) - first.lineno + 1 if has_docstring else 0)


def test_a_file_has_at_most_400_lines() -> None:
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in [*python_files(), *BROWSER_FILES]}
    assert {relative(path): count for path, count in lines.items() if count > LONGEST_FILE} == {}


def test_a_function_has_at_most_40_lines() -> None:
    long = {
        (relative(path), function.name): length(function)
        for path in python_files()
        for function in functions(ast.parse(path.read_text(encoding="utf-8")))
        if length(function) > LONGEST_FUNCTION
    }
    assert set(long) == set(STORIES), long
