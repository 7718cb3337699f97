"""Random programs in the part of OpenQASM that both engines run: gates, then the measurement of every qubit."""

from random import Random

from attrs import define

from tests.local.reference.exact import Measure, Step
from tests.local.reference.programs import Maker, RandomProgram, Register


@define
class StraightMaker(Maker):
    """Makes one program without conditions, resets, and measurements in the middle."""

    def program(self) -> RandomProgram:
        """A program that measures its qubits at its end, each once."""
        lines = self._header()
        qubits = self._declare(lines)
        lines += [self._define_gate() for _ in range(self.rng.randint(0, 2))]
        steps: list[Step] = []
        makers = [self._gate, self._gate, self._gate, self._broadcast, self._barrier]
        for _ in range(self.rng.randint(4, 14)):
            text, meaning = self.rng.choice([*makers, *([self._own_gate] if self.own else [])])()
            lines.append(text)
            steps += meaning
        for qubit, bit in zip(self.qregs, self.cregs, strict=True):
            lines.append(self._measurement(qubit.name, bit.name))
            steps += [Measure(q, c) for q, c in zip(qubit.places, bit.places, strict=True)]
        return RandomProgram("\n".join(lines) + "\n", tuple(steps), qubits, tuple(self.cregs))

    def _declare(self, lines: list[str]) -> int:
        """As many bits as qubits, in registers of the same sizes."""
        inherited: list[str] = []
        qubits = super()._declare(inherited)
        lines += [line for line in inherited if line.startswith("q")]
        self.cregs = [Register(f"c{number}", register.places) for number, register in enumerate(self.qregs)]
        for register in self.cregs:
            size = len(register.places)
            lines.append(f"creg {register.name}[{size}];" if self.version == 2 else f"bit[{size}] {register.name};")
        return qubits

    def _barrier(self) -> tuple[str, list[Step]]:
        return f"barrier {self.rng.choice(self.qregs).name};", []


def straight_program(seed: int) -> RandomProgram:
    """The program of a seed: OpenQASM 2 for even ones, OpenQASM 3 for odd ones."""
    return StraightMaker(Random(f"straight {seed}"), 2 + seed % 2).program()
