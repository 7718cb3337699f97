"""From the signature of a function to a command."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import click
import pytest
from click.testing import CliRunner

from qcaas_sdk.cli.command_parameters import Argument, Option, command


class Colour(StrEnum):
    """Its names are not its values."""

    A = "dark-red"
    B = "green"


def paint(
    walls: Annotated[list[str], Argument(metavar="WALL", help="What to paint.")],
    colour: Annotated[Colour, Option(help="The colour.")] = Colour.A,
    coats: Annotated[int | None, Option(min=1, max=3, help="How often.")] = None,
    hours: Annotated[float, Option(min=0, help="For how long.")] = 1.5,
    out: Annotated[Path | None, Option("--to", metavar="FILE", help="A picture of it.")] = None,
    helper: Annotated[list[str] | None, Option(help="Who helps.", envvar="HELPERS")] = None,
    dry_run: Annotated[bool, Option("--dry-run", help="Only say it.")] = False,
) -> None:
    """Paint walls. Each wall once.

    A second paragraph.
    """
    click.echo(repr((walls, colour, coats, hours, out, helper, dry_run)))


def said(*words: str, **environment: str) -> tuple[int, str]:
    done = CliRunner(env=environment).invoke(command(paint, epilog="The end."), list(words))
    return done.exit_code, done.output


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["a"], (["a"], Colour.A, None, 1.5, None, None, False)),
        (["a", "b", "--colour", "green", "--coats", "3"], (["a", "b"], Colour.B, 3, 1.5, None, None, False)),
        (["a", "--hours", "0", "--to", "x.png"], (["a"], Colour.A, None, 0.0, Path("x.png"), None, False)),
        (["a", "--helper", "x", "--helper", "y", "--dry-run"], (["a"], Colour.A, None, 1.5, None, ["x", "y"], True)),
    ],
)
def test_a_parameter_gets_a_value_of_its_type(words: list[str], expected: tuple[object, ...]) -> None:
    assert said(*words) == (0, f"{expected!r}\n")


def test_an_option_can_be_read_from_the_environment() -> None:
    assert said("a", HELPERS="x y")[1] == f"{(['a'], Colour.A, None, 1.5, None, ['x', 'y'], False)!r}\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "Missing argument 'WALL...'"),
        (["a", "--colour", "A"], "'A' is not one of 'dark-red', 'green'"),
        (["a", "--coats", "4"], "4 is not in the range 1<=x<=3"),
        (["a", "--hours", "-1"], "-1.0 is not in the range x>=0"),
        (["a", "--coats", "x"], "'x' is not a valid integer"),
    ],
)
def test_a_wrong_value_is_refused(words: list[str], message: str) -> None:
    code, output = said(*words)
    assert code == 2
    assert message in output


def test_the_help_says_everything() -> None:
    text = " ".join(said("--help")[1].split())
    assert text.startswith(
        "Usage: paint [OPTIONS] WALL... Paint walls. Each wall once. A second paragraph. Arguments:"
    )
    for part in (
        "Arguments: WALL... What to paint. Options:",
        "--colour [dark-red|green] The colour. [default: dark-red]",
        "--hours FLOAT RANGE For how long. [default: 1.5; x>=0]",
        "--to FILE A picture of it. --helper",
        "[env var: HELPERS]",
        "--dry-run Only say it. --help",
    ):
        assert part in text
    assert text.endswith("The end.")


def test_in_a_list_of_commands_it_has_its_first_sentence() -> None:
    assert command(paint).get_short_help_str(5) == "Paint walls."
