"""`qcaas run`: run programs, each as its own job."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from qcaas_sdk import Job, QcaasError
from qcaas_sdk._base.text import counted
from qcaas_sdk._guards.arguments import MAX_SHOTS
from qcaas_sdk._programs import convert
from qcaas_sdk._programs.config import Config
from qcaas_sdk._programs.parameter_values import Value
from qcaas_sdk._sdk.connection import known_features
from qcaas_sdk.cli import campaigns
from qcaas_sdk.cli.command_parameters import Argument, Option
from qcaas_sdk.cli.connection import Connection
from qcaas_sdk.cli.ending import USAGE, fail, finish, present, read
from qcaas_sdk.cli.lookup import connect, embedded, new_journal, refuse_local_and_url
from qcaas_sdk.cli.mistakes import Work, refuse_mistakes
from qcaas_sdk.cli.options import AsJson, Dask, Noise, Timeout, TokenFile, Url
from qcaas_sdk.cli.overview import remove_if_empty
from qcaas_sdk.cli.running import Ran, TimeLimit, chosen_qpu, say_how_to_continue, until_ended
from qcaas_sdk.cli.screen import Screen
from qcaas_sdk.cli.sweep_file import read_sweep
from qcaas_sdk.job import record_of_job

if TYPE_CHECKING:
    from qcaas_sdk._factory.job_options import JobOptions


def run(
    files: Annotated[list[str], Argument(metavar="FILE", help="OpenQASM 2 or OpenQASM 3 files; - reads from stdin.")],
    shots: Annotated[int | None, Option(min=1, max=MAX_SHOTS, help="Shots per program. Default: 1000.")] = None,
    parameters: Annotated[
        str | None,
        Option(
            help="Values of the `input` variables, one job for each: a JSON list of objects, or a CSV table.",
            metavar="FILE",
        ),
    ] = None,
    qpu: Annotated[str | None, Option(help="ID of the QPU; see `qcaas qpus`.")] = None,
    tag: Annotated[str | None, Option(help="Your label for the tasks; the service keeps it.")] = None,
    name: Annotated[
        str | None, Option(help="What you call the job, or all jobs together; `qcaas jobs --name` finds them.")
    ] = None,
    timeout: Timeout = None,
    journal: Annotated[
        Path | None, Option(help="Journal file for the jobs. Default: a new campaign.", metavar="FILE")
    ] = None,
    no_journal: Annotated[bool, Option("--no-journal", help="Do not write a journal.")] = False,
    no_check: Annotated[bool, Option("--no-check", help="Do not check the programs before they are sent.")] = False,
    as_json: AsJson = False,
    local: Annotated[bool, Option("--local", help="Use the embedded QPU, also if OQC_URL is set.")] = False,
    url: Url = None,
    token_file: TokenFile = None,
    dask: Dask = None,
    noise: Noise = None,
) -> None:
    """Run programs, each as its own job, and show their counts.

    The programs are checked first, as by `qcaas check`. If a program is certain to fail, nothing is sent, also of the
    other files.

    Every job is written to a journal while it runs. Ctrl-C does not cancel the tasks; `qcaas resume` continues them.
    """
    refuse_local_and_url(local=local)
    programs = [Work(name, read(name, "an OpenQASM program")) for name in files]
    if parameters is not None:
        programs = [with_values(work, values) for work in programs for values in read_sweep(parameters)]
    if not no_check:
        refuse_mistakes(programs, shots)
    url = None if local else url
    connection = connect(url, token_file) if dask is None and noise is None else embedded(dask, noise, url)
    screen = Screen(quiet=as_json)
    path = None if no_journal else journal or new_journal()
    work = run_programs(
        connection,
        programs,
        shots=shots,
        qpu_id=qpu,
        tag=tag,
        name=name,
        timeout_s=timeout,
        journal=path,
        screen=screen,
        check=not no_check,
    )
    try:
        present(finish(work), screen, as_json=as_json)
    finally:
        if path is not None:
            remove_if_empty(path)
            say_how_to_continue(path, screen)


def with_values(work: Work, values: dict[str, Value]) -> Work:
    """The same program with values. The command ends if they are not those of its parameters."""
    work = Work(work.file, work.text, values)
    try:
        convert.bound(work.text, values)
    except QcaasError as error:
        fail(USAGE, f"{work.name}: {error}")
    return work


async def run_programs(
    connection: Connection,
    programs: Sequence[Work],
    *,
    shots: int | None,
    qpu_id: str | None,
    tag: str | None = None,
    name: str | None = None,
    timeout_s: float | None,
    journal: Path | None,
    screen: Screen,
    check: bool = True,
) -> list[Ran]:
    """Run all programs at once, each as its own job.

    Args:
        connection: The service.
        programs: The programs.
        shots: Shots per program; None for the service's default.
        qpu_id: The QPU; None for the default QPU, or the only one.
        tag: The label of the tasks.
        name: What the job is called, or the composite of several.
        timeout_s: Time limit for everything, in seconds; None for no limit.
        journal: The journal file for the jobs; None for no journal.
        screen: Where transitions are shown.
        check: Whether the command ends if a program is over the limits of the QPU; nothing is submitted then.

    Raises:
        UnknownQpu: The QPU does not exist, or there are several and you named none.
        QcaasError: The service cannot be used.
    """
    screen.say(f"on {connection.where}")
    limit = TimeLimit(timeout_s)
    async with limit.opened(connection, journal, screen) as sdk:
        async with limit.preparing(connection):
            qpu_id = await chosen_qpu(sdk, qpu_id or sdk.default_qpu_id)
        if check:
            refuse_mistakes(programs, shots, qpu_id, known_features(sdk, qpu_id))
        # check=False: the programs are checked, all of them before the first job is made.
        options: JobOptions = {"check": False, "tag": tag, "name": name}
        config = _config(shots) if shots is not None else None
        made: Iterable[Job]
        if name is not None and len(programs) > 1:
            values = [one.parameters for one in programs if one.parameters is not None]
            texts = [one.text for one in programs]
            made = sdk.create_job(
                program=texts, parameters=values or None, qpu_id=qpu_id, config=config, **options
            ).leaves()
        else:
            made = [
                sdk.create_job(program=one.text, parameters=one.parameters, qpu_id=qpu_id, config=config, **options)
                for one in programs
            ]
        jobs = [(one.name, job) for one, job in zip(programs, made, strict=True)]
        for file, job in jobs:
            record_of_job(job).writer.label(file)
        if journal is not None:
            screen.say(f"campaign {campaigns.name_of(journal)}: {counted(len(jobs), 'job')}")
        try:
            return await until_ended(jobs, lambda job: job.wait(limit.left_s), screen, connection, journal)
        finally:
            if connection.url is not None and journal is None:
                _name_unfinished_tasks(jobs, screen)


def _name_unfinished_tasks(jobs: Sequence[tuple[str, Job]], screen: Screen) -> None:
    unfinished = [(name, job.task_id) for name, job in jobs if job.task_id is not None and not job.ended]
    for name, task_id in unfinished:  # all of them: nothing else knows their ids
        screen.say(f"{name}: task {task_id} may still run on the service; to wait for it: qcaas attach {task_id}")


def _config(shots: int) -> Config:
    from compiler_config.config import CompilerConfig, QuantumResultsFormat  # noqa: PLC0415  # slow to import

    config: Config = CompilerConfig(repeats=shots, results_format=QuantumResultsFormat().binary_count())
    return config
