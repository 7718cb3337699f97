"""What is there without `async` is what is there with it: name by name, and type by type."""

import ast
import inspect
import json
import re
import subprocess
import sys
import typing
from typing import Any

import pytest

import qcaas_sdk
from qcaas_sdk import sync
from qcaas_sdk.sync.bridge import without_async
from tests.sync.generate import ROOM, ROOT, generated

WITH_ASYNC = {kind: getattr(qcaas_sdk, kind.__name__) for kind in (getattr(sync, name) for name in sync.__all__)}
HANDLES = [sync.OqcSdk, sync.Job, sync.CompositeJob]


@pytest.mark.slow
def test_the_files_are_what_the_classes_with_async_make_of_them() -> None:
    stale = [name for name, text in generated().items() if (ROOM / name).read_text(encoding="utf-8") != text]
    assert stale == [], "run `python -m tests.sync.generate`"


def waits(kind: Any) -> bool:
    """Whether a class has anything with `async`."""
    return isinstance(kind, type) and any(
        inspect.iscoroutinefunction(member) or inspect.isasyncgenfunction(member)
        for name, member in inspect.getmembers(kind)
        if not name.startswith("__")
    )


def test_every_class_that_waits_has_one_that_does_not() -> None:
    own = {name for name in qcaas_sdk.__all__ if waits(getattr(qcaas_sdk, name))}
    assert own - {"Credential", "PasswordCredential", "TokenCredential"} - {
        name for name in own if name.endswith("Credential")
    } <= set(sync.__all__)
    assert not [name for name in sync.__all__ if waits(getattr(sync, name))]


def public(kind: type) -> dict[str, Any]:
    return {name: inspect.getattr_static(kind, name) for name in dir(kind) if not name.startswith("_")}


@pytest.mark.parametrize("kind", WITH_ASYNC, ids=lambda kind: kind.__name__)
def test_it_has_the_same_names(kind: type) -> None:
    assert set(public(kind)) == set(public(WITH_ASYNC[kind])) - {"sync"}


def shown(annotation: Any) -> str:
    """A type as text, where the names of both sides are the same, and so are the ways to wait."""
    text = inspect.formatannotation(annotation) if not isinstance(annotation, str) else annotation
    text = re.sub(r"\bqcaas_sdk\.[\w.]+\.(\w+)", r"\1", text).replace("ForwardRef", "")
    return re.sub(r"['\"() ]", "", text).replace("AsyncIterator", "Iterator").replace("collections.abc.", "")


def function_of(member: Any) -> Any:
    if isinstance(member, property):
        return member.fget
    return getattr(member, "__func__", member)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        pytest.param(kind, name, id=f"{kind.__name__}.{name}")
        for kind in WITH_ASYNC
        for name, member in public(kind).items()
        if callable(function_of(member))
    ],
)
def test_each_has_the_same_types(kind: type, name: str) -> None:
    here, there = (function_of(public(one)[name]) for one in (kind, WITH_ASYNC[kind]))
    if here is there:
        return
    ours, theirs = inspect.signature(here), inspect.signature(there)
    assert [(one.name, one.kind, one.default) for one in ours.parameters.values()] == [
        (one.name, one.kind, one.default) for one in theirs.parameters.values()
    ]
    assert shown(ours.return_annotation) == shown(theirs.return_annotation)
    assert [shown(one.annotation) for one in ours.parameters.values()] == [
        shown(one.annotation) for one in theirs.parameters.values()
    ]
    assert len(typing.get_overloads(here)) == len(typing.get_overloads(there))
    assert not inspect.iscoroutinefunction(here)
    assert type(public(kind)[name]) is type(public(WITH_ASYNC[kind])[name])


@pytest.mark.parametrize("file", ["job.py", "composite.py", "sdk.py"])
def test_every_argument_is_passed_on(file: str) -> None:
    functions = [
        node for node in ast.walk(ast.parse((ROOM / file).read_text("utf-8"))) if isinstance(node, ast.FunctionDef)
    ]
    assert len(functions) > 10
    for function in functions:
        if any(ast.unparse(decorator) == "overload" for decorator in function.decorator_list):
            continue
        given = {arg.arg for arg in function.args.args + function.args.kwonlyargs} - {"self", "cls"}
        used = {node.id for line in function.body for node in ast.walk(line) if isinstance(node, ast.Name)}
        assert given <= used, function.name


def test_the_arguments_of_an_sdk_are_the_same() -> None:
    ours, theirs = inspect.signature(sync.OqcSdk.__init__), inspect.signature(qcaas_sdk.OqcSdk.__init__)
    assert ours == theirs
    assert qcaas_sdk.OqcSdk.sync is sync.OqcSdk


@pytest.mark.parametrize("kind", HANDLES, ids=lambda kind: kind.__name__)
def test_no_docstring_says_await(kind: type) -> None:
    texts = [kind.__doc__ or "", *(function_of(member).__doc__ or "" for member in public(kind).values())]
    assert not [text for text in texts if re.search(r"\bawait\b|async (with|for)", text)]
    assert all(texts)


def test_advice_is_shown_without_async() -> None:
    assert without_async("use `async with OqcSdk(...) as sdk`, or `await sdk.open()` first") == (
        "use `with OqcSdk.sync(...) as sdk`, or `sdk.open()` first"
    )


@pytest.mark.slow
@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_a_users_type_checker_sees_exact_types(checker: str) -> None:
    pytest.importorskip(checker)
    options = {"mypy": ["--strict"], "pyright": ["--outputjson", "--pythonpath", sys.executable]}[checker]
    command = [sys.executable, "-m", checker, *options, "tests/sync/typed_use.py"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    if checker == "pyright":
        told = json.loads(done.stdout)["generalDiagnostics"]
        assert [one["message"] for one in told if one["severity"] == "error"] == []
    else:
        assert done.returncode == 0, done.stdout + done.stderr
