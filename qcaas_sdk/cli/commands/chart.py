"""`qcaas chart check`: every mistake in charts."""

from typing import Annotated

import click

from qcaas_sdk import BadStatechart, QcaasError
from qcaas_sdk._base.text import counted, one_line
from qcaas_sdk.cli.command_parameters import Argument, command
from qcaas_sdk.cli.ending import CHART_EXIT_CODES, USAGE, fail, give_up
from qcaas_sdk.statechart import load_chart


def check(
    files: Annotated[list[str], Argument(metavar="FILE", help="YAML files in the chart language.")],
) -> None:
    """Print every mistake in charts: file, line and column, what is wrong, what was probably meant."""
    try:
        mistakes = {file: _mistakes(file) for file in files}
    except QcaasError as error:  # no name of a file at all
        give_up(error)
    if any(mistakes.values()):
        number = counted(sum(len(found) for found in mistakes.values()), "mistake")
        broken = [file for file, found in mistakes.items() if found]
        fail(USAGE, f"{number} in {', '.join(broken)}")


def _mistakes(file: str) -> list[BadStatechart]:
    """Print what is wrong in a file, or what is in it."""
    try:
        read = load_chart(file)
    except BadStatechart as error:
        for problem in error.problems:
            click.echo(one_line(str(problem)))
        return list(error.problems)
    written = (read.superstates, "superstate"), (read.choices, "choice point"), (read.triggers, "trigger")
    parts = [counted(len(read.states), "state"), *(counted(len(found), word) for found, word in written if found)]
    click.echo(one_line(f"{file}: no mistakes ({', '.join(parts)})"))
    return []


chart = click.Group(
    "chart", [command(check, epilog=CHART_EXIT_CODES)], help="Work on statecharts.", no_args_is_help=True
)
