"""What a caller passes in: every argument of every public call is plain, converted, or refused by its name."""

import datetime
import decimal
import enum
import inspect
import uuid
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from compiler_config.config import CompilerConfig, Tket, TketOptimizations
from hypothesis import given
from hypothesis import strategies as st

from qcaas_sdk import (
    BadStatechart,
    Budget,
    CompositeJob,
    ExperimentalConfig,
    InvalidArgument,
    InvalidProgram,
    Job,
    JournalError,
    NoResult,
    OqcSdk,
    PasswordCredential,
    QcaasError,
    TokenCredential,
    TransportError,
    load_chart,
)
from qcaas_sdk._guards import arguments
from qcaas_sdk._programs import checked_config
from qcaas_sdk._programs.plausible import check_plausible
from qcaas_sdk.job import record_of_job
from qcaas_sdk.local import FaultKind, LocalFault, LocalQpu, LocalSettings, Window
from qcaas_sdk.statechart import shipped_chart
from tests.snapshot.fake_service import QPU, URL, FakeService, FakeTask
from tests.support.programs import BELL, BELL_3

NAN = float("nan")


class Number(enum.IntEnum):
    """A number with a name."""

    ONE = 1


class Word(enum.StrEnum):
    """A text with a name."""

    MINE = "mine"


class Wild:
    """An object of the user's own whose `repr` fails."""

    def __repr__(self) -> str:
        raise RuntimeError("no")


ODD: tuple[Any, ...] = (
    None,
    True,
    5,
    -1,
    0.5,
    NAN,
    10**5000,
    1j,
    "",
    "x",
    "\ud800",
    b"x",
    [],
    ["x"],
    (),
    {},
    {1: 2},
    {"x"},
    object(),
    int,
    len,
    Wild(),
    uuid.uuid4(),
    decimal.Decimal("NaN"),
    datetime.timedelta(5),
    datetime.date(2026, 1, 1),
    Path("/no/such/file"),
    Number.ONE,
    Word.MINE,
    np.int64(3),
    np.float64(0.5),
    np.bool_(True),
    np.array([1, 2]),
    np.array(True),
)


FILTERS = ("tag", "state", "qpu_id", "name", "since", "until", "user_metadata", "limit")
LABELS = ("name", "user_metadata", "hybrid_marker", "parameters")
PRICES = ("per_run", "per_shot", "per_qpu_second")
WITH_INPUT = BELL_3.replace("qubit", "input float theta; qubit", 1)

IDS = [f"{place} {type(odd).__name__}" for place, odd in enumerate(ODD)]


def service() -> FakeService:
    """A service that completes every task at once."""
    made = FakeService()

    def complete(task: FakeTask) -> None:
        made.end(task, "COMPLETED")

    made.on_submit = complete
    return made


def _is_flag(value: object) -> bool:
    return isinstance(value, bool | np.bool_) or (isinstance(value, np.ndarray) and value.ndim == 0)


def sdk_of(made: FakeService, **options: Any) -> OqcSdk:
    return OqcSdk(URL, "token-1234", default_qpu_id=QPU, http_transport=httpx.MockTransport(made), **options)


@pytest.mark.parametrize("odd", ODD, ids=IDS)
async def test_whatever_is_passed_a_job_ends_or_is_refused_and_the_others_go_on(odd: Any, tmp_path: Path) -> None:
    made, file = service(), tmp_path / "j.db"
    accepted = 1
    async with sdk_of(made, journal=file) as sdk:
        good = sdk.create_job(program=BELL)
        for name in (
            "program",
            "qpu_id",
            "config",
            "shots",
            "optimize",
            "error_mitigation",
            "check",
            "fetch_diagnostics",
            "tag",
        ):
            try:
                job = sdk.create_job(**{"program": BELL, name: odd})
                await job.execute(timeout_s=5)
                assert job.completed
                job.to_snapshot()
                accepted += 1
            except InvalidArgument as error:
                assert error.argument.startswith(name) or name in str(error)
            except (QcaasError, FileNotFoundError):
                assert name in {"program", "qpu_id", "config"}
        assert (await good.execute(timeout_s=5)).one.ok
    async with sdk_of(made, journal=file) as sdk:
        assert [job.state for job in sdk.recover(all=True)].count("COMPLETED") == accepted


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("tag", uuid.UUID(int=5), r"tag must be text or None, not UUID\(.*; pass str\(…\)"),
        ("tag", 5, "tag must be text or None, not 5"),
        ("tag", True, "tag must be text or None, not True"),
        ("tag", ["a"], "not list \\['a'\\]; one tag applies to all jobs of a call"),
        ("tag", "\ud800", "tag must be text that can be encoded as UTF-8 .character 0 is half of a surrogate pair"),
        ("tag", "x" * 10_001, "tag has 10,001 characters; the maximum is 10,000"),
        ("shots", True, "shots must be a whole number from 1 to 2147483647, not True"),
        ("shots", 1.0, "shots .* not 1.0"),
        ("shots", 0, "shots .* not 0"),
        ("shots", 10**30, "shots .* not 1000"),
        ("shots", "5", "shots .* not '5'"),
        ("optimize", 7, "optimize must be a whole number from 0 to 2, not 7; a CompilerConfig takes more"),
        ("optimize", True, "optimize .* not True"),
        ("error_mitigation", "no", "error_mitigation must be one of 'none', 'matrix', 'linear', not 'no'"),
        ("error_mitigation", ["none"], "error_mitigation must be one of"),
        ("fetch_diagnostics", 1, "fetch_diagnostics must be True or False, not 1"),
        ("fetch_diagnostics", None, "fetch_diagnostics must be True or False, not None"),
        ("check", "yes", "check must be True or False, not 'yes'"),
        ("qpu_id", 5, r"qpu_id must be text, not 5; pass the id of a QPU"),
        ("qpu_id", "", "qpu_id must be text that is not empty"),
        ("qpu_id", "\ud800", "qpu_id must be text that can be encoded as UTF-8 .character 0"),
        ("config", {"repeats": 5}, r"config must be a CompilerConfig.*not dict.*; pass CompilerConfig\(\*\*…\)"),
        ("config", "{}", r"pass CompilerConfig.create_from_json\(…\)"),
        ("config", CompilerConfig, "config must be a CompilerConfig"),
        ("config", CompilerConfig(repeats=5.5), "config.repeats must be a whole number .* not 5.5"),
        ("config", CompilerConfig(repeats="5"), "config.repeats .* not '5'"),
        ("config", CompilerConfig(repeats=0), "config.repeats .* not 0"),
        ("config", CompilerConfig(passive_reset_time=NAN), "cannot be written as JSON .NaN"),
        ("config", CompilerConfig(passive_reset_time=float("inf")), "cannot be written as JSON"),
        ("config", CompilerConfig(results_format=object()), "cannot be written as JSON"),
        ("config", ExperimentalConfig(noise_model={"a": NAN}), "cannot be written as JSON"),
        ("config", ExperimentalConfig(noise_model={"a": {1}}), "cannot be written as JSON"),
        ("config", ExperimentalConfig(noise_model={"a": "\ud800"}), "cannot be written as JSON"),
        ("config", ExperimentalConfig(repeats=True), "config.repeats"),
        ("program", [], "the list of programs is empty: pass at least one"),
    ],
)
async def test_the_error_names_the_argument_what_was_expected_and_what_came(name: str, value: Any, says: str) -> None:
    made = service()
    async with sdk_of(made) as sdk:
        with pytest.raises(InvalidArgument, match=says) as caught:
            sdk.create_job(**{"program": BELL, name: value})
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, TypeError)
    assert caught.value.argument.split(".")[0] == name
    assert not made.tasks


@pytest.mark.parametrize(
    ("options", "sent"),
    [
        ({"shots": np.int64(7)}, {"repeats": 7}),
        ({"config": CompilerConfig(repeats=np.int64(7))}, {"repeats": 7}),
        ({"config": CompilerConfig(repeats=np.array(7))}, {"repeats": 7}),
        ({"config": ExperimentalConfig(repeats=np.uint8(7), noise=np.bool_(True))}, {"repeats": 7}),
        ({"config": CompilerConfig(passive_reset_time=np.float32(0.5))}, {"passive_reset_time": 0.5}),
        ({"optimize": np.int32(2)}, {"optimizations": Tket(TketOptimizations.Two)}),
    ],
)
async def test_numbers_of_numpy_are_numbers(options: dict[str, Any], sent: dict[str, Any]) -> None:
    async with sdk_of(service()) as sdk:
        job = sdk.create_job(
            program=BELL, check=np.bool_(False), fetch_diagnostics=np.bool_(True), tag=np.str_("mine"), **options
        )
        assert job.fetch_diagnostics is True
        assert type(job.tag) is str
        (written,) = [CompilerConfig.create_from_json(record_of_job(job).request.config_json)]
        for name, value in sent.items():
            assert str(getattr(written, name)) == str(value) or vars(getattr(written, name)) == vars(value)
        await job.execute(timeout_s=np.float64(5))
        assert (await job.wait(timeout_s=np.int64(5))).completed
        again = sdk.from_snapshot(job.to_snapshot())
        assert again.to_snapshot() == job.to_snapshot()


@pytest.mark.parametrize(
    "odd",
    ["5", NAN, -1, -0.1, True, np.bool_(True), np.array([1.0, 2.0]), datetime.timedelta(5), 1j, 10**400, [5]],
    ids=str,
)
async def test_a_deadline_is_a_number_of_seconds(odd: Any) -> None:
    async with sdk_of(service()) as sdk:
        job, composite = sdk.create_job(program=BELL), sdk.create_job(program=[BELL])
        for call in (
            job.submit,
            job.wait,
            job.execute,
            composite.submit,
            composite.wait,
            composite.execute,
        ):
            with pytest.raises(
                InvalidArgument, match="timeout_s must be a number of seconds, 0 or more, or None, not "
            ):
                await call(timeout_s=odd)
        assert job.state == composite.state == "CREATED"
        for fine in (float("inf"), np.float64(9), np.int8(9), decimal.Decimal("9.5"), None):
            assert (await job.wait(timeout_s=fine)).completed


@pytest.mark.parametrize("odd", ODD, ids=IDS)
async def test_no_public_call_takes_what_it_cannot_use(odd: Any, tmp_path: Path) -> None:
    async with sdk_of(service()) as sdk:
        job = sdk.create_job(program=BELL)
        composite: CompositeJob = sdk.create_job(program=[BELL])
        calls: dict[str, Any] = {
            "path": lambda: sdk.load(odd),
            "snapshot": lambda: sdk.from_snapshot(odd),
            "all": lambda: sdk.recover(all=odd),
            "observer": lambda: None if callable(odd) else sdk.observe(odd),
            "qpu_id": lambda: sdk.set_default_qpu(odd),
            "memento": lambda: job.reconfigure(odd),
            "program": lambda: job.reconfigure(program=odd),
            "qpu_id ": lambda: job.reconfigure(qpu_id=odd),
            "config": lambda: job.reconfigure(config=odd),
            "job": lambda: composite.add(odd),
            "features": lambda: sdk.get_features(odd),
            "status": lambda: sdk.get_system_status(odd),
            "window": lambda: sdk.get_next_window(odd),
            "date_filter": lambda: sdk.get_calibration(QPU, odd),
            "progress": lambda: None if _is_flag(odd) else job.execute(progress=odd),
        }
        for call in calls.values():
            try:
                answer = call()
                if hasattr(answer, "__await__"):
                    await answer
            except (QcaasError, OSError):
                pass
        for file in ("path", tmp_path):
            if not isinstance(odd, str | Path):
                with pytest.raises(InvalidArgument, match="path must be a path"):
                    job.save(odd)
            assert file
        assert isinstance(job, Job)
        assert (await sdk.create_job(program=BELL, qpu_id=QPU).execute(timeout_s=5)).one.ok


@pytest.mark.parametrize("odd", ODD, ids=IDS)
async def test_no_call_of_a_campaign_takes_what_it_cannot_use(odd: Any, tmp_path: Path) -> None:
    async with sdk_of(service(), journal=tmp_path / "j.db") as sdk:
        await sdk.create_job(program=BELL, user_metadata={"run": 1}).execute(timeout_s=5)
        table = sdk.usage()
        calls: list[Any] = [
            *(lambda name=name: sdk.find(**{name: odd}) for name in FILTERS),
            *(lambda name=name: sdk.usage(**{name: odd}) for name in ("by", "tag", "qpu_id", "since", "until")),
            lambda: sdk.usage(["tag", odd]),
            *(lambda name=name: sdk.create_job(program=BELL, **{name: odd}) for name in LABELS),
            lambda: sdk.create_job(program=WITH_INPUT, parameters={"theta": odd}),
            lambda: sdk.create_job(program=WITH_INPUT, parameters=[odd]),
            lambda: sdk.job(odd),
            lambda: None if isinstance(odd, str) else sdk.attach(odd),
            lambda: None if odd is None else sdk.attach("a-task", qpu_id=odd),
            lambda: sdk.wait_time(odd),
            lambda: table.plot(odd) if isinstance(odd, str) else None,
            *(lambda name=name: table.total.cost(**{name: odd}) for name in PRICES),
            *(lambda name=name: Budget(**{name: odd}) for name in ("runs", "shots", "qpu_seconds")),
            lambda: CompositeJob([sdk.create_job(program=BELL)], max_in_flight=odd),
            lambda: CompositeJob([sdk.create_job(program=BELL)], budget=odd),
            lambda: OqcSdk.local(max_in_flight=odd),
            lambda: OqcSdk.local(budget=odd),
        ]
        for call in calls:
            try:
                answer = call()
                if hasattr(answer, "__await__"):
                    await answer
            except QcaasError as error:
                assert not isinstance(error, JournalError), "the journal is fine"
        assert len(sdk.find(state="completed")) == 1


@pytest.mark.parametrize("odd", [odd for odd in ODD if not callable(odd)], ids=lambda odd: type(odd).__name__)
async def test_what_cannot_be_called_is_refused_before_it_is_needed(odd: Any) -> None:
    async with sdk_of(service()) as sdk:
        job, composite = sdk.create_job(program=BELL), sdk.create_job(program=[BELL])
        outputs = await job.execute(timeout_s=5)
        for name, call in (
            ("observer", job.observe),
            ("observer", composite.observe),
            ("observer", sdk.observe),
            ("fn", outputs.map),
            ("pred", outputs.filter),
        ):
            with pytest.raises(InvalidArgument, match=f"{name} must be a function of ") as caught:
                call(odd)
            assert caught.value.argument == name
        assert (await job.execute(timeout_s=5)).one.ok, "no observer breaks it"


@pytest.mark.parametrize("odd", ODD, ids=IDS)
@pytest.mark.parametrize(
    "name",
    [
        "url",
        "authentication_token",
        "email",
        "password",
        "credential",
        "default_qpu_id",
        "allowed_hosts",
        "journal",
        "http_transport",
        "clock",
    ],
)
def test_an_sdk_is_made_or_the_argument_refused(name: str, odd: Any) -> None:
    given: dict[str, Any] = {"url": URL, "authentication_token": "token-1234"}
    if name in {"email", "password"}:
        given = {"url": URL, "email": "a@example.org", "password": "a password"}
    try:
        OqcSdk(**given | {name: odd})
    except InvalidArgument as error:
        assert name.rsplit("_", maxsplit=1)[-1] in str(error).lower() or "credential" in str(error)
    try:
        OqcSdk.local(**{"engine": odd} if name == "url" else {"settings": odd} if name == "clock" else {})
    except InvalidArgument as error:
        assert error.argument in {"engine", "settings"}


def test_no_message_shows_a_secret() -> None:
    for make in (
        lambda: TokenCredential("s3cret\ntoken"),
        lambda: PasswordCredential("a@example.org", "s3cret\ud800"),
        lambda: PasswordCredential("a@example.org", ["s3cret"]),  # type: ignore[arg-type]  # that is the point
        lambda: TokenCredential(b"s3cret"),  # type: ignore[arg-type]  # as above
    ):
        with pytest.raises(InvalidArgument) as caught:
            make()
        assert "s3cret" not in str(caught.value)


def test_a_value_in_a_message_is_short_and_printable() -> None:
    for odd in (*ODD, "x" * 10**6, [0] * 10**6, "\x1b[31m\u202e", {"a": "b" * 10**6}):
        told = arguments.told(odd)
        assert told.isprintable()
        assert len(told) < 90


PROGRAMS = (
    BELL,
    BELL_3,
    "OPENQASM 3",
    "\ufeffOPENQASM 2.0;",
    "// import this\nOPENQASM 2.0;\nqreg q[1];",
    "/* from a import b; */ OPENQASM 3.0; qubit q;",
    "qubit q; h q;",
    "bit c; c = measure $0;",
    "x $0;",
    "@reversible\ngate g q { x q; }\ng $0;",
    "#pragma oqc x\nqubit q;",
    "pragma a b\nqubit q;",
    "include 'stdgates.inc'; qubit q;",
    "def f(qubit q) -> bit {\n  return measure q;\n}\nqubit q; bit c = f(q);",
    "{ qubit q; }",
    "π = 3; qubit q;",
    "-1; qubit q;",
    "// nothing yet",
    "; ModuleID = 'bell'\nsource_filename = \"bell\"\n\ndefine void @main() {\n  ret void\n}\n",
    "%Qubit = type opaque\ndefine void @main() #0 {\nentry:\n  ret void\n}",
    "declare void @__quantum__qis__h__body(%Qubit*)\ndefine i64 @main() {ret i64 0}",
)


@pytest.mark.parametrize("program", PROGRAMS)
def test_what_may_be_a_program_passes(program: str) -> None:
    check_plausible(program)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("bell.qasm", r"a file name: pass pathlib.Path\('bell.qasm'\)"),
        ("/home/me/my circuits/bell.qasm", "a file name"),
        ("C:\\\\circuits\\\\bell.ll", "a file name"),
        ("circuits/bell", "a file name"),
        ("import qiskit\nqc = qiskit.QuantumCircuit(2)\n", "Python code"),
        ("from qiskit import QuantumCircuit; qc = QuantumCircuit(2)", "Python code"),
        ("qc = QuantumCircuit(2)", "Python code"),
        ("# a circuit\ndef f(a: int) -> None:\n    return 5;\n", "Python code"),
        ("print('hello')", "Python code"),
        ("hello world", "neither OpenQASM statements nor QIR"),
        ("x", "neither OpenQASM statements nor QIR"),
        ("<html><body>&nbsp;</body></html>", "neither OpenQASM statements nor QIR"),
        ('{"program": "OPENQASM 2.0; qreg q[1];"}', "neither OpenQASM statements nor QIR"),
        ("```\nOPENQASM 2.0;\n```", "neither OpenQASM statements nor QIR"),
        ("H 0\nCNOT 0 1\nMEASURE 0", "neither OpenQASM statements nor QIR"),
        ("\x7fELF", "neither OpenQASM statements nor QIR"),
        ("BC\xc0\xde5\x14", "neither OpenQASM statements nor QIR"),
        ("[1, 2]", "neither OpenQASM statements nor QIR"),
    ],
)
async def test_what_cannot_be_a_program_is_refused_with_a_hint(text: str, hint: str) -> None:
    made = service()
    async with sdk_of(made) as sdk:
        for call in (
            lambda: sdk.create_job(program=text),
            lambda: sdk.create_job(program=[BELL, text]),
            lambda: sdk.create_job(program=BELL).reconfigure(program=text),
        ):
            with pytest.raises(InvalidProgram, match=hint):
                call()
        assert sdk.create_job(program=text, check=False).state == "CREATED"
    assert not made.tasks


@given(st.text())
def test_any_text_is_plausible_or_refused(text: str) -> None:
    try:
        check_plausible(text)
    except InvalidProgram as error:
        assert "neither OpenQASM nor QIR" in str(error)
    check_plausible(f"OPENQASM 3.0;{text}")
    check_plausible(f"{text.count('x')};\n// {text.replace(chr(10), ' ').replace(chr(13), ' ')}")


@given(st.floats() | st.integers() | st.booleans() | st.text() | st.none() | st.decimals())
def test_seconds_are_none_or_a_finite_float(value: Any) -> None:
    try:
        seconds = arguments.seconds_or_none(value, "timeout_s")
    except InvalidArgument as error:
        assert error.argument == "timeout_s"
    else:
        assert seconds is None or (type(seconds) is float and 0.0 <= seconds < float("inf"))


def test_a_configuration_that_changes_is_the_users_own() -> None:
    config = CompilerConfig(repeats=np.int64(5))
    plain = checked_config(config)
    assert type(config.repeats) is np.int64
    assert plain is not config
    fine = CompilerConfig(repeats=5)
    assert checked_config(fine) is fine
    assert checked_config(None) is None


class WildNumber:
    """An object of the user's own that claims to be a path, a number and an index, and fails at each."""

    def __fspath__(self) -> str:
        raise RuntimeError("no")

    def __float__(self) -> float:
        raise RuntimeError("no")

    def __index__(self) -> int:
        raise RuntimeError("no")

    def __iter__(self) -> Any:
        raise RuntimeError("no")


NOW = datetime.datetime.now(datetime.UTC)
GIVEN: dict[type, dict[str, Any]] = {
    LocalSettings: {},
    LocalQpu: {},
    Window: {"start": NOW, "end": NOW + datetime.timedelta(1)},
    LocalFault: {"kind": FaultKind.SLOW},
}


@pytest.mark.parametrize("odd", [*ODD, WildNumber()], ids=[*IDS, "wild number"])
@pytest.mark.parametrize(("kind", "given"), GIVEN.items(), ids=[kind.__name__ for kind in GIVEN])
def test_settings_of_the_embedded_qpu_are_checked_where_they_are_made(
    kind: type, given: dict[str, Any], odd: Any
) -> None:
    for name in inspect.signature(kind).parameters:
        try:
            made = kind(**given | {name: odd})
        except InvalidArgument as error:
            assert error.argument in {name, "start", "end"}
            continue
        assert hash(made) is not None
        assert repr(made)


@pytest.mark.parametrize("odd", [*ODD, WildNumber()], ids=[*IDS, "wild number"])
async def test_charts_pictures_and_open_refuse_what_they_cannot_use(odd: Any) -> None:
    for call in (lambda: load_chart(odd), lambda: shipped_chart("job").diagram(odd)):
        with pytest.raises((InvalidArgument, BadStatechart)):
            call()
    sdk = sdk_of(service())
    try:
        await sdk.open(timeout_s=odd)
    except InvalidArgument as error:
        assert error.argument == "timeout_s"  # some are taken
        assert "is open" not in repr(sdk)
    except TransportError:
        assert odd == 0
    await sdk.close()


def test_a_secret_of_the_settings_is_not_shown_when_it_is_refused() -> None:
    for name, odd in (("token", ["s3cret"]), ("password", b"s3cret"), ("expired_tokens", "s3cret")):
        with pytest.raises(InvalidArgument, match=name) as caught:
            LocalSettings(**{name: odd})  # type: ignore[arg-type]  # that is the point
        assert "s3cret" not in str(caught.value)
    with pytest.raises(InvalidArgument) as caught:
        LocalSettings(expired_tokens=[b"s3cret"])  # type: ignore[list-item]  # as above
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "wrong", [{"shots": 0}, {"program": []}, {"program": 3}, {"qpu_id": "qpu:x"}, {"config": "x"}]
)
async def test_the_traceback_of_a_wrong_argument_shows_the_call_alone(wrong: dict[str, Any]) -> None:
    async with OqcSdk.local() as sdk:
        with pytest.raises(QcaasError) as caught:
            sdk.create_job(**{"program": BELL, **wrong})
    names = [entry.name for entry in caught.traceback if "qcaas_sdk" in str(entry.path)]
    assert names == ["create_job"]


async def test_an_illegal_call_names_the_calls_that_are_possible() -> None:
    async with OqcSdk.local() as sdk:
        job = await sdk.create_job(program=BELL).submit()
        for call, name in ((job.submit, "submit"), (job.abandon, "abandon")):
            with pytest.raises(QcaasError, match=rf"{name}\(\) is not possible: .*job\.cancel\(\)"):
                await call()
        with pytest.raises(
            QcaasError, match=r"reconfigure\(\) is not possible: .*job\.wait\(\).*job\.cancel\(\)"
        ) as caught:
            job.reconfigure()
        assert "poll" not in str(caught.value)
        await job.wait()
        with pytest.raises(QcaasError, match=r"submit\(\) is not possible: the job has ended\. .*job\.execute\(\)"):
            await job.submit()


async def test_raw_results_say_which_line_gives_counts() -> None:
    async with OqcSdk.local() as sdk:
        job = await sdk.create_job(program=BELL, config=CompilerConfig(repeats=10)).wait()
        with pytest.raises(NoResult, match=r"add `results_format=QuantumResultsFormat\(\)\.binary_count\(\)`"):
            job.outputs.one.counts()  # type: ignore[attr-defined]  # what users write
