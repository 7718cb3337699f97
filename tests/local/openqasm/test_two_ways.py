"""A program that Aer can run as a circuit comes out as in the simulation of its branches: two ways, one meaning."""

import random

import pytest

from qcaas_sdk.local.simulator.engines.sampling import prepare, run
from qcaas_sdk.local.simulator.openqasm.errors import NeedsOutcome
from qcaas_sdk.local.simulator.programs import load
from tests.local.openqasm.service import QASM2, QASM3

pytestmark = pytest.mark.slow

SHOTS = 3000
Counts = dict[tuple[str, ...], float]


class Writer:
    """Writes random programs that measure in the middle and go on by what they saw."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def qubit(self) -> str:
        return f"q[{self.chance.randrange(3)}]"

    def bit(self) -> str:
        return self.chance.choice(["c[0]", "c[1]", "d"])

    def condition(self) -> str:
        return self.chance.choice(
            [
                self.bit(),
                f"!{self.bit()}",
                f"{self.bit()} == {self.chance.randrange(2)}",
                f"c {self.chance.choice(['==', '!=', '<', '>='])} {self.chance.randrange(4)}",
                f"({self.bit()} || {self.bit()}) && !{self.bit()}",
                f"({self.bit()} ^ {self.bit()}) == 1",
            ]
        )

    def statement(self, depth: int) -> str:
        kind = self.chance.randrange(10 if depth < 2 else 7)
        if kind <= 2:
            return self.chance.choice(
                ["x {0};", "h {0};", "ry(0.7) {0};", "cx {0}, {1};", "ctrl @ s {0}, {1};"]
            ).format(*random.Random(self.chance.random()).sample(["q[0]", "q[1]", "q[2]"], 2))
        if kind <= 5:
            return f"{self.bit()} = measure {self.qubit()};"
        if kind == 6:
            return f"reset {self.qubit()};"
        if kind == 7:
            return f"for int i in [0:1] {{ {self.block(depth + 1)} }}"
        if kind == 8:
            bit, qubit = self.bit(), self.qubit()
            return f"while ({bit}) {{ {self.block(depth + 1)} h {qubit}; {bit} = measure {qubit}; }}"
        otherwise = f" else {{ {self.block(depth + 1)} }}" if self.chance.random() < 0.5 else ""
        return f"if ({self.condition()}) {{ {self.block(depth + 1)} }}{otherwise}"

    def block(self, depth: int) -> str:
        return "\n".join(self.statement(depth) for _ in range(self.chance.randint(1, 9 if depth == 0 else 3)))

    def program(self) -> str:
        return f"{QASM3}qubit[3] q; bit[2] c; bit d;\n{self.block(0)}\nc[0] = measure q[0];"

    def program2(self) -> str:
        lines = []
        for _ in range(12):
            test = (
                f"if({self.chance.choice(['c', 'd'])}=={self.chance.randrange(3)}) "
                if self.chance.random() < 0.4
                else ""
            )
            step = self.chance.choice(
                [
                    f"h {self.qubit()};",
                    f"x {self.qubit()};",
                    f"measure {self.qubit()} -> {self.chance.choice(['c[0]', 'c[1]', 'd[0]'])};",
                ]
            )
            lines.append(test + step)
        return f"{QASM2}qreg q[3];creg c[2];creg d[1];\n" + "\n".join(lines) + "\nmeasure q[0] -> c[0];"


def spread(words: dict[int, int], registers: dict[str, list[int | None]], ones: int = 0) -> Counts:
    result: Counts = {}
    for word, times in words.items():
        key = tuple(
            "".join("0" if bit is None else str((word | ones) >> bit & 1) for bit in bits)
            for bits in registers.values()
        )
        result[key] = result.get(key, 0.0) + times / SHOTS
    return result


@pytest.mark.parametrize("language", [2, 3])
@pytest.mark.parametrize("seed", range(40))
def test_both_ways_agree(seed: int, language: int) -> None:
    writer = Writer(seed)
    text = writer.program() if language == 3 else writer.program2()
    program = load(text)
    branches = program.sample(SHOTS, seed, lambda _qubits: None, 1 << 24)
    try:
        recorded = program.record()
    except NeedsOutcome:
        return
    words, _ = run(prepare(recorded.circuit), "statevector", SHOTS, seed, keep_shots=False)
    one = spread(words, dict(recorded.layout.registers), recorded.layout.ones)
    other = spread(branches.words, dict(branches.layout.registers))
    for key in one.keys() | other.keys():
        assert abs(one.get(key, 0) - other.get(key, 0)) < 0.06, f"{text}\n{one}\n{other}"
