"""How many qubits a program declares, for engines that make room for every declared qubit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qcaas_sdk.local.simulator.programs import declared_qubits, inspect
from qcaas_sdk.local.simulator.task_error import TaskError, TaskErrorCode


def declared(program: str) -> int | None:
    return declared_qubits(*inspect(program))


@pytest.mark.parametrize(
    ("program", "count"),
    [
        ("OPENQASM 2.0; qreg q[3]; creg c[7];", 3),
        ("OPENQASM 2.0; qreg a[3]; qreg b[2];", 5),
        ("OPENQASM 3.0; qubit q;", 1),
        ("OPENQASM 3.0; qubit[0x40] q;", 64),
        ("OPENQASM 3.0; qubit[0b1000] q; qubit[0o17] r;", 23),
        ("OPENQASM 3.0; qubit[1_000] q;", 1000),
        ("OPENQASM 3.0; const uint n = 8; qubit[2 * n + 1] q; bit[n] c;", 17),
        ("OPENQASM 3.0; qreg q[0x10];", 16),
        ("OPENQASM 3.0; def f(qubit a) { } qubit[2] q; bit b = measure q[0];", 2),
        ("OPENQASM 3.0; qubit[2] q; while (true) { }", 2),
    ],
)
def test_every_size_is_evaluated(program: str, count: int) -> None:
    assert declared(program) == count


@given(size=st.integers(1, 5000), form=st.sampled_from(["d", "#x", "#X", "#b", "#o", "_d"]))
def test_a_size_counts_the_same_in_every_notation(size: int, form: str) -> None:
    assert declared(f"OPENQASM 3.0; qubit[{size:{form}}] q; qubit r;") == size + 1


@pytest.mark.parametrize("size", ["99999999", "0xfffffff", "1_000_000", "1 << 30"])
@pytest.mark.parametrize("kind", ["qubit", "bit"])
def test_absurd_sizes_are_rejected_in_every_notation(kind: str, size: str) -> None:
    with pytest.raises(TaskError) as caught:
        declared(f"OPENQASM 3.0; {kind}[{size}] q;")
    assert caught.value.code is TaskErrorCode.TOO_MANY_QUBITS


def test_a_program_that_cannot_be_read_here_has_no_number() -> None:
    assert declared("OPENQASM 3.0; qubit[ q;") is None
