"""The product's own Python, parsed: modules, their imports, their functions."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of `apps` but the generated migrations, by its dotted name."""
    paths = sorted(path for path in (ROOT / "apps").rglob("*.py") if "migrations" not in path.parts)
    return {_name(path): ast.parse(path.read_text(encoding="utf-8"), str(path)) for path in paths}


def python_files() -> list[Path]:
    """Every Python file that somebody here has written."""
    written = [path for folder in ("apps", "config", "scripts", "tests") for path in (ROOT / folder).rglob("*.py")]
    return sorted(path for path in [*written, ROOT / "manage.py"] if "migrations" not in path.parts)


def imports(name: str) -> set[str]:
    """The modules of `apps` that a module imports."""
    return {imported for node in ast.walk(modules()[name]) for imported in _imported(node)}


def functions(tree: ast.AST) -> Iterator[Function]:
    """Every function and method in a tree, inner ones too."""
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def _name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.ImportFrom):
        assert node.level == 0, "imports here name the whole path"
        for alias in node.names:
            whole = f"{node.module}.{alias.name}"
            found = whole if whole in modules() else str(node.module)
            if found in modules():
                yield found
    elif isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names if alias.name in modules())
