"""`qcaas check`: is a program right, before it is paid for."""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Annotated, Any

from attrs import frozen

from qcaas_sdk._base.text import counted
from qcaas_sdk._guards.arguments import MAX_SHOTS
from qcaas_sdk._programs.parameter_values import Value
from qcaas_sdk.cli.command_parameters import Argument, Option
from qcaas_sdk.cli.connection import Connection
from qcaas_sdk.cli.ending import USAGE, Unreadable, echo_json, fail, finish, tell, text_of
from qcaas_sdk.cli.lookup import connect, refuse_local_and_url
from qcaas_sdk.cli.mistakes import Work, mistake
from qcaas_sdk.cli.options import AsJson, Timeout, TokenFile, Url
from qcaas_sdk.cli.running import TimeLimit, chosen_qpu
from qcaas_sdk.cli.screen import Screen
from qcaas_sdk.cli.sweep_file import named, read_sweep


@frozen
class Checked:
    """What was found out about a program.

    Attributes:
        file: Its file.
        parameters: The values of its parameters; None if there are none.
        qpu_id: The QPU whose limits were checked; None for none.
        error: What is wrong; None if nothing is.
    """

    file: str
    parameters: Mapping[str, Value] | None
    qpu_id: str | None
    error: str | None

    def document(self) -> dict[str, Any]:
        """The same as JSON, for scripts."""
        error = None if self.error is None else {"code": None, "message": self.error}
        parameters = None if self.parameters is None else dict(self.parameters)
        return {"file": self.file, "parameters": parameters, "qpu_id": self.qpu_id, "error": error}


def check(
    files: Annotated[list[str], Argument(metavar="FILE", help="OpenQASM or QIR files; - reads from stdin.")],
    shots: Annotated[int | None, Option(min=1, max=MAX_SHOTS, help="Shots per program. Default: 1000.")] = None,
    parameters: Annotated[
        str | None, Option(help="Values of the `input` variables, as for `qcaas run`.", metavar="FILE")
    ] = None,
    qpu: Annotated[str | None, Option(help="ID of the QPU whose limits count; see `qcaas qpus`.")] = None,
    local: Annotated[bool, Option("--local", help="Check against the embedded QPU.")] = False,
    timeout: Timeout = None,
    as_json: AsJson = False,
    url: Url = None,
    token_file: TokenFile = None,
) -> None:
    """Check programs without sending them: size, syntax, registers, parameters.

    With a service or --local also whether the QPU has the qubits and allows the shots. Only a request for the list of
    QPUs is sent, and nothing is paid for. Only the service knows whether a gate exists.
    """
    refuse_local_and_url(local=local)
    given = [(name, *_read(name)) for name in files]
    sweep: Sequence[dict[str, Value] | None] = [None] if parameters is None else read_sweep(parameters)
    screen = Screen(quiet=as_json)
    qpu_id, features = "", dict[str, Any]()
    if (local or url) and any(text is not None for _, text, _ in given):
        connection = Connection.of(None, None) if local else connect(url, token_file)
        qpu_id, features = finish(_qpu(connection, qpu, timeout, screen))
    elif qpu is not None and not (local or url):
        fail(
            USAGE, f"--qpu {qpu}: the limits of a QPU are known to its service: set OQC_URL, or pass --url or --local"
        )
    found = list[Checked]()
    for name, text, lost in given:
        if text is None:
            found.append(Checked(name, None, None, lost))
            continue
        for values in sweep:
            error = mistake(Work(name, text, values), shots, qpu_id, features)
            found.append(Checked(name, values, qpu_id or None, error))
    if as_json:
        echo_json([one.document() for one in found])
    else:
        for one in found:
            screen.line(f"{named(one.file, dict(one.parameters or {}))}: {one.error or 'no mistakes'}")
    if find_spec("openqasm") is None:
        tell('the syntax was not checked: pip install "qcaas-sdk[check]"')
    if wrong := [one for one in found if one.error is not None]:
        fail(USAGE, f"{counted(len(wrong), 'mistake')} in {', '.join(dict.fromkeys(one.file for one in wrong))}")


def _read(name: str) -> tuple[str | None, str | None]:
    """The text of a file; None, and why, if it cannot be read."""
    try:
        return text_of(name, "an OpenQASM program"), None
    except Unreadable as error:
        return None, str(error)


async def _qpu(
    connection: Connection, wanted: str | None, timeout_s: float | None, screen: Screen
) -> tuple[str, dict[str, Any]]:
    """The QPU and its features."""
    limit = TimeLimit(timeout_s)
    async with limit.opened(connection, None, screen) as sdk, limit.preparing(connection):
        qpu_id = await chosen_qpu(sdk, wanted or sdk.default_qpu_id)
        screen.say(f"for {qpu_id} on {connection.where}")
        return qpu_id, await sdk.get_features(qpu_id)
