"""Run where OQC's published SDK is installed, or here: the public names, and what calls take, as JSON."""

import importlib
import inspect
import json
import re
import sys
from types import ModuleType
from typing import Any

CLASSES = {
    "": ("OqcSdk", "Job", "CompositeJob", "JobFailed", "JobState", "Endianness", "ExperimentalConfig"),
    "job_output": ("JobOutput", "JobResult", "JobError"),
    "job_output_proxy": ("JobOutputProxy",),
}
"""Public classes, by the module of the published SDK; here all are at the top."""

ASSIGNED = re.compile(r"^        self\.([a-z]\w*)\b[^=(\n]*=", re.MULTILINE)
"""Attributes of objects, as methods assign them."""


def source(kind: type) -> str:
    """The code of the methods of a class, wherever its file is."""
    methods = [each for each in vars(kind).values() if inspect.isfunction(each)]
    return "".join(text for each in methods if (text := _source(each)))


def _source(method: Any) -> str:
    try:
        return inspect.getsource(method)
    except (OSError, TypeError):  # made at run time
        return ""


def arguments(call: Any) -> list[str] | None:
    """The names of what a call takes; None for what cannot be called."""
    if not callable(call) or isinstance(call, type):
        return None
    return [name for name in inspect.signature(call).parameters if name not in {"self", "cls"}]


def described(kind: type, package: str) -> dict[str, list[str] | None]:
    """The public attributes of a class that the package itself gives it, with the arguments of each."""
    own = [base for base in kind.__mro__ if base.__module__.split(".")[0] == package]
    names = {name for base in own for name in vars(base) if not name.startswith("_")}
    names |= {name for base in own for name in ASSIGNED.findall(source(base))}
    found = {name: arguments(getattr(kind, name, None)) for name in sorted(names)}
    found["(…)"] = [name for name in inspect.signature(kind).parameters if not name.startswith("_")]
    return found


def seen(package: ModuleType) -> dict[str, Any]:
    """All that can be compared."""
    name, classes = package.__name__, {}
    for module, kinds in CLASSES.items():
        place = importlib.import_module(f"{name}.{module}") if module and name != "qcaas_sdk" else package
        for kind in kinds:
            classes[kind] = described(getattr(place, kind), name)
    names = {*package.__all__, *(each for each in vars(package) if each[0].isupper())}
    return {"names": sorted(names), "classes": classes}


if __name__ == "__main__":
    print(json.dumps(seen(importlib.import_module(sys.argv[1]))))
