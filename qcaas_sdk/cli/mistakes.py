"""What makes a program certain to fail, as the command line says it: for `qcaas check` and `qcaas run`."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from qcaas_sdk import MalformedProgram, QcaasError
from qcaas_sdk._base.text import counted
from qcaas_sdk._factory.requests import requests
from qcaas_sdk._programs import check_syntax
from qcaas_sdk._programs.parameter_values import Value
from qcaas_sdk.cli.ending import USAGE, alike, fail, tell
from qcaas_sdk.cli.sweep_file import named

_SKIPS = r" \(create_job\(check=False\) skips this check\)$"
_PARAMETERS = r"parameters=\{.*\} to create_job$"


@frozen
class Work:
    """A program to run.

    Attributes:
        file: Its file.
        text: Its text.
        parameters: The values of its parameters; None if it has none.
    """

    file: str
    text: str
    parameters: Mapping[str, Value] | None = None

    @property
    def name(self) -> str:
        """What it is called."""
        return named(self.file, dict(self.parameters or {}))


def mistake(
    work: Work, shots: int | None, qpu_id: str, features: Mapping[str, Any], *, skips: str = ""
) -> str | None:
    """Why a program is certain to fail; None if it is not.

    Args:
        work: The program.
        shots: Shots; None for the default.
        qpu_id: The QPU; empty if it is not known.
        features: Its features; empty if they are not known.
        skips: What is said about how to leave out the check, in place of what users of the package do.
    """
    try:
        _check([work], shots, qpu_id, features)
        check_syntax(work.text)  # however long it is
    except MalformedProgram as error:
        where = "" if error.line is None else f"line {error.line}, column {error.column}: "
        return f"{where}{error.reason}"
    except QcaasError as error:
        return re.sub(_PARAMETERS, "--parameters FILE", re.sub(_SKIPS, skips, str(error)))
    return None


def refuse_mistakes(
    works: Sequence[Work], shots: int | None, qpu_id: str = "", features: Mapping[str, Any] | None = None
) -> None:
    """End the command if a program is certain to fail. Every wrong program is named.

    Args:
        works: The programs.
        shots: As for `mistake`.
        qpu_id: As for `mistake`.
        features: As for `mistake`.
    """
    features = features or {}
    try:
        _check(works, shots, qpu_id, features)  # all at once: this parses no more text than `create_job` does
    except QcaasError:
        pass
    else:
        return
    found = [(one, mistake(one, shots, qpu_id, features, skips=" (--no-check skips this check)")) for one in works]
    wrong = [(one, told) for one, told in found if told is not None]
    for names, told in alike((one.name, told, told) for one, told in wrong):
        tell(f"{names}: {told}")
    files = ", ".join(dict.fromkeys(one.file for one, _ in wrong))
    fail(USAGE, f"nothing was submitted: {counted(len(wrong), 'mistake')} in {files}")


def _check(works: Sequence[Work], shots: int | None, qpu_id: str, features: Mapping[str, Any]) -> None:
    values = [one.parameters for one in works]
    requests(
        [one.text for one in works],
        None,
        None,
        {},
        shots=shots,
        parameters=values,
        qpu=lambda _: qpu_id,
        features=lambda _: features,
    )
