"""Commands of click from functions: the type and the annotation of each parameter say what it is on the command line.

Typer does this too. It imports pydantic, which takes as long as all of this package.
"""

from collections.abc import Callable
from enum import Enum
from inspect import Parameter, signature
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, cast, get_args, get_origin

import click
from attrs import field, frozen

WHOLE = 1000
"""More characters than the first sentence of any help."""


@frozen
class Argument:
    """A positional argument; it can be left out if the parameter has a default.

    Attributes:
        help: What it is.
        metavar: What stands for it in the help; by default the name of the parameter.
        completes: What a shell may complete: words that begin as what is typed; None for nothing.
    """

    help: str
    metavar: str | None = None
    completes: Callable[[str], list[str]] | None = None


@frozen
class Option:
    """An option. One of the type `bool` is a flag; one of the type `list[str] | None` can be repeated.

    Attributes:
        name: Its name, if that is not the name of the parameter.
        help: What it is.
        metavar: What stands for its value in the help; by default its type.
        envvar: The environment variable that it is read from.
        completes: What a shell may complete for its value, as for an argument.
        min: The least value of a number.
        max: The largest value of a number.
    """

    name: str | None = None
    help: str = field(kw_only=True)
    metavar: str | None = field(default=None, kw_only=True)
    envvar: str | None = field(default=None, kw_only=True)
    completes: Callable[[str], list[str]] | None = field(default=None, kw_only=True)
    min: float | None = field(default=None, kw_only=True)
    max: float | None = field(default=None, kw_only=True)


class Command(click.Command):
    """A command whose help explains its arguments, and whose line in the list of commands is not cut off."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the arguments, then the options."""
        arguments = [(one.make_metavar(ctx), one.about) for one in self.params if isinstance(one, _Argument)]
        if arguments:
            with formatter.section("Arguments"):
                formatter.write_dl(arguments)
        super().format_options(ctx, formatter)

    def get_short_help_str(self, limit: int = WHOLE) -> str:
        """Its first sentence, which is wrapped in a narrow terminal."""
        return super().get_short_help_str(max(limit, WHOLE))


class _Argument(click.Argument):
    about = ""

    def make_metavar(self, ctx: click.Context) -> str:
        """What stands for it: in brackets if it can be left out, with dots if it can be repeated."""
        word = self.metavar or self.human_readable_name
        return (word if self.required else f"[{word}]") + ("" if self.nargs == 1 else "...")


class _Values(click.Choice[Enum]):
    def normalize_choice(self, choice: object, ctx: click.Context | None) -> str:
        """What the user types for a member: its value, not its name."""
        return str(choice.value if isinstance(choice, Enum) else choice)


def command(function: Callable[..., object], *, epilog: str | None = None) -> Command:
    """The command of a function. Its help is the docstring."""
    params = [_parameter(one) for one in signature(function).parameters.values()]
    name = function.__name__
    return Command(name, callback=function, params=params, help=function.__doc__, epilog=epilog)


def _parameter(parameter: Parameter) -> click.Parameter:
    kind, told = get_args(parameter.annotation)
    kind = next((one for one in get_args(kind) if isinstance(kind, UnionType) and one is not NoneType), kind)
    many = get_origin(kind) is list
    required = parameter.default is Parameter.empty
    shared: dict[str, Any] = {
        "type": str if many else _type(kind, told),
        "metavar": told.metavar,
        "callback": _listed if many else None,
    }
    if (completes := told.completes) is not None:
        shared["shell_complete"] = lambda _, __, incomplete: completes(incomplete)
    if isinstance(told, Argument):
        argument = _Argument([parameter.name], required=required, nargs=-1 if many else 1, **shared)
        argument.about = told.help
        return argument
    return click.Option(
        [parameter.name, told.name or f"--{parameter.name.replace('_', '-')}"],
        help=told.help,
        default=parameter.default.value if isinstance(parameter.default, Enum) else parameter.default,
        is_flag=kind is bool,
        multiple=many,
        envvar=told.envvar,
        show_default=kind is not bool,
        show_envvar=True,
        **shared,
    )


def _type(kind: type, told: Argument | Option) -> "click.ParamType[Any] | type | None":
    if kind is bool:
        return None  # click knows what a flag is
    if issubclass(kind, Enum):
        return _Values(kind)
    if issubclass(kind, Path):
        return click.Path(path_type=Path)
    if isinstance(told, Option) and (told.min, told.max) != (None, None):
        limited: Any = click.IntRange if kind is int else click.FloatRange
        return cast("click.ParamType[Any]", limited(told.min, told.max))
    return kind


def _listed(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> list[str] | None:
    return list(values) or None
