"""The simulated cloud answers with the registers that a program declares, as the embedded QPU does."""

from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qcaas_sdk import OqcSdk
from qcaas_sdk.testing import Completed, SimulatedCloud, outcome_by_text, programs, run_virtual, sdk_on
from qcaas_sdk.testing.cloud.registers import MAX_WIDTH, registers

QASM2 = 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[3];\n'
QASM3 = 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[3] q;\n'

TEXTS = {
    QASM2 + "creg c[1];\nmeasure q[0] -> c[0];\n": {"c": 1},
    QASM2 + "creg a[1]; creg b [ 2 ];\nmeasure q[0] -> b[1];\n": {"a": 1, "b": 2},
    QASM2 + "// creg no[7];\ncreg c[3];\nmeasure q -> c;\n": {"c": 3},
    QASM2 + "gate twice a { x a; x a; }\ncreg c[2];\ntwice q[0];\nmeasure q[0] -> c[0];\n": {"c": 2},
    QASM3 + "bit c;\nc = measure q[0];\n": {"c": 1},
    QASM3 + "bit[3] c = measure q;\n": {"c": 3},
    QASM3 + "bit[3] c;\nbit unused;\nc = measure q;\n": {"c": 3, "unused": 1},
    QASM3 + "const int[32] n = 3;\nbit[n] c;\nc = measure q;\n": {"c": 3},
    QASM3 + "bit[0x2] α;\nα[0] = measure q[0];\n": {"α": 2},
    QASM3 + "creg c[3];\nc = measure q;\n": {"c": 3},
    QASM3 + "/* bit no; */ bit c;\nif (true) { bit inner; inner = measure q[0]; }\nc = measure q[1];\n": {"c": 1},
    QASM3 + "def f(qubit a) -> bit { bit[4] b; return measure a; }\nbit c;\nc = f(q[0]);\n": {"c": 1},
    QASM3 + "bit[2] hidden;\noutput bit[3] c;\nc = measure q;\nhidden[0] = c[0];\n": {"c": 3},
    QASM3 + "output uint[4] n; bit c;\nn = 3; c = measure q[0];\n": {"n": 4},
    QASM3 + "bool seen; int[8] n; uint m;\nseen = measure q[0];\n": {"seen": 1, "n": 8, "m": 64},
    QASM3 + "const bit one = 1;\nbit[3] c;\nc = measure q;\n": {"c": 3},
}


def shape(counts: dict[str, dict[str, int]]) -> dict[str, int]:
    """The registers of a result, with their widths."""
    assert all(sum(register.values()) == 1000 for register in counts.values())
    widths = {name: {len(bits) for bits in register} for name, register in counts.items()}
    return {name: width for name, (width,) in widths.items()}


@pytest.mark.parametrize("text", TEXTS)
async def test_the_embedded_qpu_names_the_same_registers(text: str, local_sdk: OqcSdk) -> None:
    job = local_sdk.create_job(program=text)
    await job.execute()
    assert job.error is None
    assert shape(job.result.data) == registers(text) == TEXTS[text]


@pytest.mark.parametrize("text", TEXTS)
def test_the_simulated_cloud_answers_with_them(text: str) -> None:
    async def counts() -> dict[str, dict[str, int]]:
        async with sdk_on(SimulatedCloud()) as sdk:
            outputs = await sdk.create_job(program=text).execute()
            return {name: outputs.one.counts(name) for name in outputs.one.data}

    assert shape(run_virtual(counts())) == TEXTS[text]


@given(programs(max_qubits=40), st.integers(0, 3))
def test_the_counts_of_a_drawn_program_have_its_width_and_follow_from_text_and_seed(text: str, seed: int) -> None:
    outcome = outcome_by_text(text, seed)
    assert isinstance(outcome, Completed)
    assert outcome == outcome_by_text(text, seed)
    counts = outcome.results["c"]
    assert isinstance(counts, dict)
    assert shape({"c": counts}) == registers(text)
    assert all(count > 0 for count in counts.values())


def test_a_cloud_with_another_seed_answers_with_other_counts() -> None:
    async def counts(seed: int) -> dict[str, int]:
        async with sdk_on(SimulatedCloud(seed=seed)) as sdk:
            return (await sdk.create_job(program=QASM2 + "creg c[3]; measure q -> c;").execute()).one.counts()

    answers = [run_virtual(counts(seed)) for seed in (0, 0, 1, 2)]
    assert answers[0] == answers[1]
    assert len({str(answer) for answer in answers}) == 3


@pytest.mark.parametrize(
    "text",
    [
        "",
        "OPENQASM 3.0;",
        "no program",
        "bit[n + 1] c;",
        "bit[08] c;",
        "creg c[0];",
        f"creg c[{MAX_WIDTH + 1}];",
        "bitter c;",
    ],
)
def test_a_text_without_a_register_that_can_be_read_gets_two_bits_in_c(text: str) -> None:
    assert registers(text) == {}
    outcome = outcome_by_text(text)
    assert isinstance(outcome, Completed)
    assert set(outcome.results) == {"c"}


def pieces() -> Iterator[str]:
    yield from (
        "creg",
        "bit",
        "output",
        "const int n =",
        "[",
        "]",
        "{",
        "}",
        ";",
        "//",
        "/*",
        "*/",
        "\n",
        " c",
        "9" * 5000,
    )


@given(st.lists(st.sampled_from(list(pieces())) | st.text(max_size=3)).map("".join))
@example("creg c[" + "9" * 5000 + "];")
def test_no_text_is_too_odd(text: str) -> None:
    assert all(0 < width <= MAX_WIDTH for width in registers(text).values())
