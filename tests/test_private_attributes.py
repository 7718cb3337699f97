"""No module, test or benchmark touches a private attribute of an object whose class stands in another file."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import qcaas_sdk

PACKAGE = Path(qcaas_sdk.__file__).parent
TESTS = Path(__file__).parent
FOREIGN = {
    "os._exit",
    "asyncio._get_running_loop",
    "asyncio._set_running_loop",
    "pyfuncitem._fixtureinfo",
    "clean._append",
    "url._uri_reference",
    "origin._uri_reference",
}
"""Of other packages (the standard library, pytest, Qiskit, httpx), which give no other way."""

OF_NAMED_TUPLES = {"_replace", "_asdict", "_fields"}
"""Public in spite of the underscore, which keeps them apart from the names of fields."""


def private_names(tree: ast.Module) -> set[str]:
    """The private names that the classes of a file give to their instances, or to themselves."""
    names: set[str] = set()
    for owner in (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)):
        for node in ast.walk(owner):
            match node:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    names.add(name)
                case ast.AnnAssign(target=ast.Name(id=name)):
                    names.add(name)
                case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Store()):
                    names.add(name)
    return names


def touched(tree: ast.Module) -> Iterator[str]:
    """Private attributes that are read or written on anything but self, cls or an instance of a class of the file."""
    own = private_names(tree)
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                func=ast.Attribute(attr="setattr" | "delattr"), args=[owner, ast.Constant(value=str(name)), *_]
            ):
                if name.startswith("_") and not name.endswith("_"):
                    yield f"{ast.unparse(owner)}.{name}"
        if not isinstance(node, ast.Attribute) or not node.attr.startswith("_") or node.attr.endswith("_"):
            continue
        if isinstance(node.value, ast.Name) and node.value.id in {"self", "cls"}:
            continue
        if node.attr not in own | OF_NAMED_TUPLES:
            yield ast.unparse(node)


@pytest.mark.parametrize("folder", [PACKAGE, TESTS, TESTS.parent / "bench"], ids=lambda folder: folder.name)
@pytest.mark.slow
def test_no_file_touches_what_is_private_elsewhere(folder: Path) -> None:
    files = sorted(folder.rglob("*.py"))
    assert files
    found = [
        f"{file.relative_to(folder)}: {text}"
        for file in files
        for text in touched(ast.parse(file.read_text(encoding="utf-8")))
        if text not in FOREIGN
    ]
    assert found == []


def test_it_would_be_seen() -> None:
    text = "class A:\n    _own: int\n\ndef f(job, a): return job._lock, a._own"
    assert list(touched(ast.parse(text))) == ["job._lock"]
    assert list(touched(ast.parse("monkeypatch.setattr(module, '_idle', [])"))) == ["module._idle"]
