"""Every error that this package raises on purpose is a `QcaasError`; a file that cannot be used is Python's own."""

import ast
import builtins
import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import qcaas_sdk
from qcaas_sdk import ExperimentalConfig, InvalidArgument, QcaasError

PACKAGE = Path(qcaas_sdk.__file__).parent
PUBLIC = ("qcaas_sdk", "qcaas_sdk.diagrams")
FILES = {
    "OqcSdk.create_job": {"OSError"},
    "OqcSdk.load": {"OSError", "FileNotFoundError", "PermissionError", "IsADirectoryError"},
    "Job.save": {"OSError"},
    "CompositeJob.save": {"OSError"},
    "Diagram.save": {"OSError"},
    "Timeline.save": {"OSError"},
    "SequenceDiagram.save": {"OSError"},
}
"""Calls that read or write a file which the user has named, and may raise what Python raises then."""

RAISES = re.compile(r"\n( *)Raises:\n((?:\1 +.*\n|\n)*)")
NAMED = re.compile(r"^\s+([A-Z]\w+): |`(\w+)` if ", re.MULTILINE)


def calls() -> Iterator[tuple[str, Any]]:
    """All public functions, and the public methods of public classes."""
    for module in map(importlib.import_module, PUBLIC):
        for name in module.__all__:
            thing = getattr(module, name)
            if inspect.isfunction(thing):
                yield name, thing
            elif inspect.isclass(thing) and thing.__module__.startswith("qcaas_sdk"):
                for attribute, value in inspect.getmembers_static(thing):
                    call = getattr(value, "fget", None) or getattr(value, "__func__", None) or value
                    if inspect.isfunction(call) and (not attribute.startswith("_") or attribute == "__init__"):
                        yield f"{name}.{attribute}", call


def promised(call: Any) -> set[str]:
    """What the documentation of a call says it raises."""
    section = RAISES.search(inspect.cleandoc(call.__doc__ or "").join("\n\n"))
    return {one or other for one, other in NAMED.findall(section[2])} if section else set()


def test_what_is_promised_is_a_qcaas_error_or_about_a_file() -> None:
    found = dict(calls())
    kinds = {name for call in found.values() for name in promised(call)}
    assert {"InvalidArgument", "JobTimeout", "JobFailed", "IllegalTransition", "UnknownQpu", "OSError"} <= kinds
    for name, call in found.items():
        for kind in promised(call):
            if kind not in FILES.get(name, ()):
                assert issubclass(getattr(qcaas_sdk, kind), QcaasError), f"{name} says that it raises {kind}"


def raised(tree: ast.Module) -> Iterator[str]:
    """The built-in exceptions that a file raises by name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and node.exc is not None:
            kind = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            if isinstance(kind, ast.Name) and hasattr(builtins, kind.id):
                yield kind.id


ON_PURPOSE = {
    ("_base/lazy.py", "AttributeError"): "Python asks for it in a module's __getattr__",
    ("_handles/output_sequence.py", "AttributeError"): "Python asks for it in __getattr__",
    ("_snapshot/atomic_file.py", "OSError"): "a file that the user has named, with its path",
    ("_snapshot/atomic_file.py", "IsADirectoryError"): "a folder that the user has named, with its path",
    ("_sdk/connection.py", "NotImplementedError"): "an abstract method",
    ("_children.py", "NotImplementedError"): "an abstract method",
    ("_handles/handle.py", "NotImplementedError"): "an abstract method",
    ("results/views.py", "NotImplementedError"): "an abstract method",
    ("sync/bridge.py", "NotImplementedError"): "what IPython asks of `_ipython_display_`",
    ("_callbacks/job.py", "AssertionError"): "cannot be reached",
    ("_callbacks/reservation.py", "AssertionError"): "cannot be reached",
    ("_http/client.py", "ValueError"): "an argument that only this package gives",
    ("statechart/machine.py", "ValueError"): "a state that only this package gives",
    ("_journal/file.py", "KeyError"): "becomes BadJournal",
    ("_journal/file.py", "TypeError"): "becomes BadJournal",
    ("_journal/replay.py", "ValueError"): "becomes BadJournal",
    ("_oidc/cache.py", "NotADirectoryError"): "becomes TokenCacheError",
    ("_oidc/cache.py", "PermissionError"): "becomes TokenCacheError",
    ("_oidc/cache.py", "ValueError"): "becomes a warning",
    ("_programs/config.py", "ValueError"): "becomes InvalidArgument",
    ("_service/wire.py", "TypeError"): "becomes BadAnswer",
    ("local/service/request_fields.py", "ValueError"): "becomes an answer of the embedded service",
    ("local/simulator/executors.py", "TypeError"): "becomes the error of a task",
    ("local/simulator/executors.py", "ValueError"): "becomes the error of a task",
    ("local/simulator/memory.py", "KeyError"): "becomes the error of a task",
    ("qiskit/results.py", "ValueError"): "becomes JobFailed",
}
"""Built-in exceptions that are raised by name, and what becomes of them."""


@pytest.mark.slow
def test_no_file_that_a_user_calls_raises_another() -> None:
    rooms = [file for file in PACKAGE.rglob("*.py") if file.relative_to(PACKAGE).parts[0] not in {"cli", "testing"}]
    found = {
        (str(file.relative_to(PACKAGE)), kind)
        for file in rooms
        for kind in raised(ast.parse(file.read_text(encoding="utf-8")))
    }
    assert found == set(ON_PURPOSE)


def test_it_would_be_seen() -> None:
    text = "def f():\n    raise ValueError('x')\ndef g():\n    raise InvalidArgument('x')"
    assert list(raised(ast.parse(text))) == ["ValueError"]


@pytest.mark.parametrize("given", [{"repeat": 3}, {"shots": 3}, {"no": None, "such": 1}])
def test_a_setting_that_the_configuration_does_not_know(given: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgument, match="no such setting: ") as caught:
        ExperimentalConfig(**given)
    assert isinstance(caught.value, TypeError)
    assert caught.value.argument == next(iter(given))
