"""Writes the classes of `qcaas_sdk.sync` from those with `async`: `python -m tests.sync.generate`.

Each public member of a class becomes one that calls it. `async def` becomes `def`, and `AsyncIterator` becomes
`Iterator`. Everything else of a signature stays, because the classes here have the names of those with `async`.
"""

import ast
import inspect
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType

from qcaas_sdk import ChildTransition, composite, job, sdk
from qcaas_sdk._handles import outputs
from qcaas_sdk._handles.not_copyable import NotCopyable
from qcaas_sdk.sync.bridge import without_async

ROOT = Path(__file__).resolve().parents[2]
ROOM = ROOT / "qcaas_sdk" / "sync"

OUTPUTS = ("JobLike", "SingleJob", "JobOutput", "JobResult", "JobError", "NoOutput", "JobOutputProxy")
HANDLES = {
    **dict.fromkeys(OUTPUTS, "outputs"),
    "Job": "job",
    **dict.fromkeys(("ChildTransition", "CompositeJob", "Child"), "composite"),
}
"""The names that mean something else here, with the file of each."""

IN_BASE = {"open", "close"}
READING = {"to_snapshot", "save", "diagram", "timeline", "leaves", "raise_for_status"}
"""Methods that change nothing: they work with an SDK that is closed, too."""

_PROCESS = "WrongProcess: The SDK was opened in the process that this one was forked from."

Member = ast.FunctionDef | ast.AsyncFunctionDef
Imports = dict[str, tuple[str, bool]]
"""By name: the import of it, and whether that is for type checkers only."""


def class_node(kind: type) -> ast.ClassDef:
    (node,) = ast.parse(inspect.getsource(kind)).body
    assert isinstance(node, ast.ClassDef)
    return node


def parts(kind: type) -> list[type]:
    return [part for part in kind.__mro__ if part.__module__.startswith("qcaas_sdk.") and part is not NotCopyable]


def members(kind: type, *more: str) -> Iterator[Member]:
    """The public methods and properties of a class, and some more; each with its overloads."""
    seen: set[str] = set()
    for part in parts(kind):
        here = [node for node in class_node(part).body if isinstance(node, Member) and node.name not in seen]
        wanted = [node for node in here if not node.name.startswith("_") or node.name in more]
        yield from wanted
        seen |= {node.name for node in wanted}


def names_in(*nodes: ast.AST | None) -> set[str]:
    """All names, also in annotations that are text."""
    found: set[str] = set()
    for node in nodes:
        for part in ast.walk(node) if node is not None else ():
            if isinstance(part, ast.Name):
                found.add(part.id)
            elif isinstance(part, ast.Constant) and re.fullmatch(r"[\w.\[\], |]+", str(part.value)):
                found |= set(re.findall(r"[A-Za-z_]\w*", str(part.value)))
    return found


def decorators(member: Member) -> set[str]:
    return {ast.unparse(decorator) for decorator in member.decorator_list}


def text_of(annotation: ast.expr | None) -> str:
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        return annotation.value
    return "None" if annotation is None else ast.unparse(annotation)


def statements(text: str) -> list[ast.stmt]:
    return ast.parse(text).body


def documented(node: Member | ast.ClassDef) -> list[ast.stmt]:
    """The docstring, if there is one."""
    first = node.body[0]
    if ast.get_docstring(node) is None:
        return []
    assert isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    text = re.sub(r"Any number(\s+)of coroutines", r"Any number\1of threads", without_async(str(first.value.value)))
    text = re.sub(r"If you cancel a coroutine,(\s+)", r"If Ctrl-C ends a call,\1", text)
    text = re.sub(r"WrongEventLoop: (The SDK|It) was opened in another loop.", _PROCESS, text)
    return [ast.Expr(ast.Constant(text.replace("execute or await it", "execute or wait for it")))]


def passed(member: Member) -> str:
    """The arguments of a member, as it passes them on."""
    args = member.args

    def given(arg: ast.arg) -> str:
        if arg.arg == "observer":
            return "observing(self, observer)"
        if names_in(arg.annotation) & {"Job", "CompositeJob", "Child"}:
            return f"with_async({arg.arg})"
        return arg.arg

    positional = [given(arg) for arg in args.posonlyargs + args.args if arg.arg not in {"self", "cls"}]
    named = [f"{arg.arg}={given(arg)}" for arg in args.kwonlyargs]
    return ", ".join([*positional, *named, *([f"**{args.kwarg.arg}"] if args.kwarg else [])])


def body(member: Member) -> str:
    """What a member does: it calls the one with `async`."""
    name, returned = member.name, text_of(member.returns)
    is_property = "property" in decorators(member)
    handles = names_in(member.returns) & set(HANDLES)
    call = f"self._handle.{name}" + ("" if is_property else f"({passed(member)})")
    work = f"self._handle.{name}" if call.endswith("()") else f"lambda: {call}"
    if "overload" in decorators(member):
        return "..."
    if "classmethod" in decorators(member):
        return f"return cls._on(AsyncSdk.{name}({passed(member)}))"
    if name == "__init__" and "jobs" in passed(member):
        more = passed(member).replace("with_async(jobs)", "given")
        return f"return cast('Self', made_of(jobs, lambda given: AsyncCompositeJob({more})))"
    if name == "__init__":
        return f"bind(self, Bridge(), AsyncSdk({passed(member)}))"
    if name == "__len__":
        return "return len(self._handle)"
    if name == "__iter__":
        return "return iter(self.jobs)"
    if is_property and not handles:
        return f"return {call}"
    if returned.startswith("AsyncIterator"):
        given = f"self._bridge.iterate({work})"
    elif returned.startswith("Iterator"):
        given = f"iter(self._bridge.read(lambda: list({call})))"
    else:
        how = (
            "wait"
            if isinstance(member, ast.AsyncFunctionDef)
            else "read"
            if is_property or name in READING
            else "now"
        )
        given = f"self._bridge.{how}({work})"
    if returned == "Self":
        return f"{given}\nreturn self"
    if returned == "None":
        return given
    return f'return cast("{without_asyncs(returned)}", {given})' if handles else f"return {given}"


def without_asyncs(annotation: str) -> str:
    return annotation.replace("AsyncIterator", "Iterator")


def converted(member: Member) -> ast.FunctionDef:
    """The member without `async`."""
    returns = member.returns
    if returns is not None:
        returns = ast.parse(without_asyncs(ast.unparse(returns)), mode="eval").body
    name, args = member.name, member.args
    if name == "__init__" and "jobs" in passed(member):  # it has its job's bridge before it is made
        name, args.args[0].arg, returns = "__new__", "cls", ast.Name("Self")
    return ast.FunctionDef(
        name,
        args,
        [*documented(member), *statements(body(member))],
        member.decorator_list,
        returns,
        lineno=0,
    )


HEADER = [
    "# Written by `python -m tests.sync.generate`: change the class with `async` instead.",
    '# mypy: disable-error-code="override, assignment"',
]


class WithoutAwait(ast.NodeTransformer):
    """Makes code wait without `await`."""

    def visit_Await(self, node: ast.Await) -> ast.AST:  # the name that ast asks for
        return self.visit(node.value)  # type: ignore[no-any-return]

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:  # as above
        self.generic_visit(node)
        return ast.FunctionDef(node.name, node.args, node.body, node.decorator_list, node.returns, lineno=0)


def written_again(kind: type) -> ast.ClassDef:
    """A class of outputs: what is public and waits, or speaks of other handles, is written again without `async`."""
    node = class_node(kind)
    protocol = "Protocol" in {ast.unparse(base) for base in node.bases}
    changed = {
        member.name
        for member in node.body
        if isinstance(member, Member)
        and (
            protocol
            or isinstance(member, ast.AsyncFunctionDef)
            or names_in(member.returns, *(arg.annotation for arg in member.args.args)) & set(HANDLES)
        )
    }
    kept: list[ast.stmt] = []
    for member in node.body:
        if isinstance(member, Member) and member.name in changed:
            member.body[: len(documented(member))] = documented(member)
            kept.append(WithoutAwait().visit(member))
        elif (isinstance(member, ast.AnnAssign) and names_in(member.annotation) & set(HANDLES)) or ast.unparse(
            member
        ) == "__slots__ = ()":
            kept.append(member)
    if protocol:
        return ast.ClassDef(node.name, node.bases, [], [*documented(node), *kept], [], lineno=0)
    base = f"with_async.{node.name}"
    bases = {
        "JobOutput": base,
        "JobOutputProxy": f"{base}[T]",
    }.get(node.name, f"JobOutput, {base}")
    stands = [] if node.name == "JobOutput" else [f"stands_for(with_async.{node.name})"]
    return ast.ClassDef(
        node.name,
        [ast.parse(one, mode="eval").body for one in bases.split(", ")],
        [],
        [*documented(node), *kept],
        [*(ast.parse(one, mode="eval").body for one in stands), *node.decorator_list],
        lineno=0,
    )


def calling(kind: type, name: str, base: str, *more: str) -> ast.ClassDef:
    """A class whose members call those of a class with `async`."""
    written = [converted(member) for member in members(kind, *more) if member.name not in IN_BASE]
    head = statements(f"__slots__ = ()\n_handle: Async{name.removeprefix('Async').removeprefix('Oqc')}")
    stands = [] if base == "Connection" else [ast.parse(f"stands_for(Async{name})", mode="eval").body]
    bases = [ast.parse(base, mode="eval").body]
    return ast.ClassDef(name, bases, [], [*documented(class_node(kind)), *head, *written], stands, lineno=0)


def standing(kind: type) -> ast.ClassDef:
    """A class that is the same here, but for what its names mean."""
    node = class_node(kind)
    node.decorator_list.insert(0, ast.parse(f"stands_for(Async{node.name})", mode="eval").body)
    return node


def imports_of(modules: Iterable[ModuleType]) -> Imports:
    """What modules import."""
    found: Imports = {}
    for module in modules:
        for statement in ast.parse(inspect.getsource(module)).body:
            for_types = isinstance(statement, ast.If) and ast.unparse(statement.test) == "TYPE_CHECKING"
            for node in statement.body if isinstance(statement, ast.If) and for_types else [statement]:
                for alias in node.names if isinstance(node, ast.Import | ast.ImportFrom) else []:
                    one = ast.unparse(alias)
                    text = f"from {node.module} import {one}" if isinstance(node, ast.ImportFrom) else f"import {one}"
                    found.setdefault(alias.asname or alias.name, (text, for_types))
    return found


def definitions_of(modules: Iterable[ModuleType]) -> dict[str, ast.Assign]:
    """What modules define with a simple assignment: type variables and aliases."""
    found: dict[str, ast.Assign] = {}
    for module in modules:
        for node in ast.parse(inspect.getsource(module)).body:
            match node:
                case ast.Assign(targets=[ast.Name(id=name)]):
                    found.setdefault(name, node)
    return found


def file(title: str, classes: list[ast.ClassDef], modules: Iterable[ModuleType], needed: list[str], own: str) -> str:
    """A module of the room, with the imports that it needs.

    Args:
        title: Its docstring.
        classes: Its classes.
        modules: Where the classes with `async` are, and what their signatures name.
        needed: More imports.
        own: Its name.
    """
    modules = list(modules)
    imports = {**imports_of(modules), "Iterator": ("from collections.abc import Iterator", False)}
    defined = {name: node for name, node in definitions_of(modules).items() if HANDLES.get(name, own) == own}
    names = names_in(*classes)
    while more := names_in(*(defined[name] for name in names & set(defined))) - names:
        names |= more
    for_types: list[str] = []
    plain = [*needed, "from typing import TYPE_CHECKING, Self, cast"]
    given = {alias.asname or alias.name for line in needed for node in statements(line) for alias in node.names}  # type: ignore[attr-defined]  # imports
    for name in sorted(names - {node.name for node in classes} - set(defined) - given):
        if HANDLES.get(name, own) != own:
            plain.append(f"from qcaas_sdk.sync.{HANDLES[name]} import {name}")
        elif name in imports:
            (for_types if imports[name][1] else plain).append(imports[name][0])
    lines = [f'"""{title}"""', *HEADER, *plain]
    if for_types:
        lines += ["if TYPE_CHECKING:", *(f"    {line}" for line in for_types)]
    lines.append("")
    for node in classes:
        for name in [name for name in defined if name in names_in(node)]:
            lines.append(ast.unparse(defined.pop(name)))
        lines.append(ast.unparse(ast.fix_missing_locations(node)))
    return "\n".join(lines) + "\n"


def generated() -> dict[str, str]:
    """The text of each file, by its name."""

    def modules(*kinds: type) -> list[ModuleType]:
        return [sys.modules[part.__module__] for kind in kinds for part in parts(kind)]

    bridge = "from qcaas_sdk.sync.bridge import Bridge, SyncHandle, bind, made_of, observing, stands_for, with_async"
    kinds = [getattr(outputs, name) for name in OUTPUTS]
    written = {
        "outputs": file(
            "Outputs whose job has no `async`.",
            [written_again(kind) for kind in kinds],
            modules(*kinds),
            ["import qcaas_sdk._handles.outputs as with_async", "from qcaas_sdk.sync.bridge import stands_for"],
            "outputs",
        ),
        "job": file(
            "`Job` without `async`.",
            [calling(job.Job, "Job", "SyncHandle", "_submit_again", "_execute_again")],
            modules(job.Job),
            ["from qcaas_sdk.job import Job as AsyncJob", bridge],
            "job",
        ),
        "composite": file(
            "`CompositeJob` without `async`.",
            [
                standing(ChildTransition),
                calling(composite.CompositeJob, "CompositeJob", "SyncHandle", "__init__", "__len__", "__iter__"),
            ],
            modules(composite.CompositeJob, ChildTransition),
            [
                f"from {ChildTransition.__module__} import ChildTransition as AsyncChildTransition",
                "from qcaas_sdk.composite import CompositeJob as AsyncCompositeJob",
                bridge,
            ],
            "composite",
        ),
        "sdk": file(
            "`OqcSdk` without `async`.",
            [calling(sdk.AsyncSdk, "OqcSdk", "Connection", "__init__")],
            modules(sdk.AsyncSdk),
            ["from qcaas_sdk.sdk import AsyncSdk", "from qcaas_sdk.sync.connection import Connection", bridge],
            "sdk",
        ),
    }
    return {f"{name}.py": formatted(f"{name}.py", text) for name, text in written.items()}


def formatted(name: str, text: str) -> str:
    """As ruff writes it, without imports that nothing uses."""
    file = str(ROOM / name)
    for command in (["check", "--fix-only", "-q", "--select", "F401,I,UP,TC"], ["format"]):
        done = subprocess.run(
            [str(Path(sys.executable).with_name("ruff")), *command, "--stdin-filename", file, "-"],
            input=text,
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
        )
        text = done.stdout
    return text


def main() -> None:
    for name, text in generated().items():
        (ROOM / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
