"""Random programs on the embedded QPU: the counts agree with a reference that does not know OpenQASM."""

import math

import numpy as np
import pytest

from tests.local.reference.compare import difference
from tests.local.reference.exact import Apply, Condition, If, Measure, Reset, While, distribution
from tests.local.reference.matrices import GATES, ONLY_2, ONLY_3
from tests.local.reference.rich import random_program

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("seed", range(100))
def test_a_random_program_gives_its_exact_distribution(seed: int) -> None:
    program = random_program(seed)
    distance, allowed = difference(program, seed)
    assert distance <= allowed, f"seed {seed}:\n{program.text}"


def test_programs_of_both_versions_branch_measure_and_define_gates() -> None:
    texts = [random_program(seed).text for seed in range(100)]
    for version in (texts[0::2], texts[1::2]):
        for word in ("measure", "if", "gate ", "reset", "->"):
            assert any(word in text for text in version)
    for word in (
        "while", "for ", "ctrl @", "inv @", "pow(", "else", "= measure", "negctrl @", "let ", "switch", "else if",
        "&&", "||", "break;", "continue;", "= look(", "+= ", "<<=", ">>=", ' ^ "', ":-1:", "[{", "[-",
    ):  # fmt: skip
        assert any(word in text for text in texts[1::2])


# The reference itself.


@pytest.mark.parametrize("name", [*GATES, *ONLY_2, *ONLY_3])
def test_every_gate_of_the_reference_is_unitary(name: str) -> None:
    parameters, qubits, make = (GATES | ONLY_2 | ONLY_3)[name]
    matrix = make(*(0.3 + 0.4 * place for place in range(parameters)))
    assert matrix.shape == (2**qubits, 2**qubits)
    np.testing.assert_allclose(matrix @ matrix.conj().T, np.eye(2**qubits), atol=1e-12)


def test_the_reference_branches_on_measurements() -> None:
    h, x = Apply(GATES["h"][2](), (0,)), Apply(GATES["x"][2](), (1,))
    steps = (h, Measure(0, 0), If(Condition((0,), "==", 1), (x,)), Measure(1, 1))
    assert distribution(steps, 2, 2) == {(0, 0): pytest.approx(0.5), (1, 1): pytest.approx(0.5)}


def test_the_reference_follows_a_loop_to_its_end() -> None:
    h, x = Apply(GATES["h"][2](), (0,)), Apply(GATES["x"][2](), (0,))
    until_0 = While(Condition((0,), "==", 1), (h, Measure(0, 0)))
    ends = distribution((x, Measure(0, 0), until_0), 1, 1)
    assert ends == {(0,): pytest.approx(1.0)}
    assert distribution((h, Reset(0), Measure(0, 0)), 1, 1) == {(0,): pytest.approx(1.0)}


def test_the_reference_orders_qubits() -> None:
    cx = Apply(GATES["cx"][2](), (2, 0))
    rx = Apply(GATES["rx"][2](math.pi), (2,))
    assert distribution((rx, cx, Measure(0, 0), Measure(1, 1), Measure(2, 2)), 3, 3) == {
        (1, 0, 1): pytest.approx(1.0)
    }
