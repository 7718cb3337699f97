"""Random programs: one choice makes both the OpenQASM text and what it means, for the exact reference."""

import math
from random import Random

from attrs import define, field, frozen

from tests.local.reference.exact import Apply, Assign, Condition, If, Measure, Reset, Step, While
from tests.local.reference.matrices import GATES, ONLY_2, ONLY_3, Matrix, controlled, power

QUBITS = 4
MAX_DEPTH = 3
OWN_NAMES = (
    "mygate", "entangle", "r", "rzz", "h", "xx_plus_yy", "c3sx", "rccx", "store", "iswap", "ecr", "dcx", "rxx", "ms",
    "sxdg", "csx", "ccz", "prx", "block", "u0", "sqrt_x", "zz",
)  # fmt: skip
PARAMETERS = ("theta", "phi", "a", "zeta", "lambda", "b", "x1", "t")


@frozen
class Register:
    """A register: its name and the numbers of its qubits or bits in the reference."""

    name: str
    places: tuple[int, ...]


@frozen
class RandomProgram:
    """A program as text, and what it means.

    Attributes:
        text: OpenQASM.
        steps: For `exact.distribution`.
        qubits: How many.
        registers: The classical registers, in the order of their bits.
    """

    text: str
    steps: tuple[Step, ...]
    qubits: int
    registers: tuple[Register, ...]

    @property
    def bits(self) -> int:
        """How many classical bits there are, with one more for a variable that is no result."""
        return sum(len(register.places) for register in self.registers) + 1


@define
class _OwnGate:
    """A gate that the program defines."""

    name: str
    parameters: tuple[str, ...]
    qubits: int
    body: list[tuple[str, tuple[int, ...], tuple[int, ...]]]
    """Standard gates: name, which parameter each takes, which qubits."""

    def matrices(self, values: tuple[float, ...]) -> list[Apply]:
        """What it does with these parameters, on its own qubits 0, 1, …"""
        return [
            Apply(GATES[name][2](*(values[place] for place in places)), qubits) for name, places, qubits in self.body
        ]


@define
class Maker:
    """Makes one program."""

    rng: Random
    version: int
    qregs: list[Register] = field(factory=list)
    cregs: list[Register] = field(factory=list)
    own: list[_OwnGate] = field(factory=list)
    loops: int = 0

    def program(self) -> RandomProgram:
        """A program of at most `QUBITS` qubits, with at least one measurement."""
        lines = self._header()
        qubits = self._declare(lines)
        for _ in range(self.rng.randint(0, 2)):
            lines.append(self._define_gate())
        steps: list[Step] = []
        for _ in range(self.rng.randint(4, 14)):
            text, meaning = self._statement(MAX_DEPTH)
            lines.append(text)
            steps += meaning
        text, meaning = self._measure()
        if self.rng.random() < 0.7:  # in the others the last measurement stands before or within control flow
            lines.append(text)
            steps += meaning
        else:
            lines.append(text)
            steps += meaning
            text, meaning = self._conditional(1)
            lines.append(text)
            steps += meaning
        return RandomProgram("\n".join(lines) + "\n", tuple(steps), qubits, tuple(self.cregs))

    # Declarations.

    def _header(self) -> list[str]:
        if self.version == 2:
            return ["OPENQASM 2.0;", 'include "qelib1.inc";']
        return [self.rng.choice(["OPENQASM 3.0;", "OPENQASM 3;"]), 'include "stdgates.inc";']

    def _declare(self, lines: list[str]) -> int:
        qubits = bits = 0
        for name in self.rng.sample(["q", "anc", "data"], self.rng.randint(1, 2)):
            size = self.rng.randint(1, 2) if qubits else self.rng.randint(2, QUBITS - 1)
            size = min(size, QUBITS - qubits)
            if not size:
                break
            self.qregs.append(Register(name, tuple(range(qubits, qubits + size))))
            lines.append(f"qreg {name}[{size}];" if self.version == 2 else f"qubit[{size}] {name};")
            qubits += size
        for name in self.rng.sample(["c", "meas", "syn", "out"], self.rng.randint(1, 2)):
            size = self.rng.randint(1, 3)
            self.cregs.append(Register(name, tuple(range(bits, bits + size))))
            lines.append(f"creg {name}[{size}];" if self.version == 2 else f"bit[{size}] {name};")
            bits += size
        return qubits

    def _define_gate(self) -> str:
        taken = {gate.name for gate in self.own} | set(GATES) | set(ONLY_2 if self.version == 2 else ONLY_3)
        name = self.rng.choice([name for name in OWN_NAMES if name not in taken])
        parameters = tuple(self.rng.sample([p for p in PARAMETERS if p != "lambda" or self.version == 2], 2))
        qubits = self.rng.randint(1, 2)
        names = ["a0", "b0"][:qubits]
        body: list[tuple[str, tuple[int, ...], tuple[int, ...]]] = []
        lines = []
        for _ in range(self.rng.randint(1, 4)):
            fitting = [gate for gate, (_, width, _) in GATES.items() if width <= qubits]
            gate = self.rng.choice(fitting)
            count, width, _ = GATES[gate]
            places = tuple(self.rng.randrange(2) for _ in range(count))
            on = tuple(self.rng.sample(range(qubits), width))
            body.append((gate, places, on))
            arguments = f"({','.join(parameters[place] for place in places)})" if count else ""
            lines.append(f"{gate}{arguments} {','.join(names[qubit] for qubit in on)};")
        self.own.append(_OwnGate(name, parameters, qubits, body))
        return f"gate {name}({','.join(parameters)}) {','.join(names)} {{ {' '.join(lines)} }}"

    # Statements.

    def _statement(self, depth: int) -> tuple[str, list[Step]]:
        kinds = ["gate"] * 8 + ["measure"] * 3 + ["reset", "barrier", "own", "own", "broadcast"]
        if depth > 0:
            kinds += ["if"] * 2
        if self.version == 3:
            kinds += ["modified"] * 2
            if depth > 0:
                kinds += ["for", "while", "assign"]
        kind = self.rng.choice(kinds)
        match kind:
            case "measure":
                return self._measure()
            case "reset":
                register, place = self._qubit()
                return f"reset {register.name}[{place}];", [Reset(register.places[place])]
            case "barrier":
                return f"barrier {self.rng.choice(self.qregs).name};", []
            case "own" if self.own:
                return self._own_gate()
            case "broadcast":
                return self._broadcast()
            case "if":
                return self._conditional(depth)
            case "modified":
                return self._modified()
            case "for":
                return self._for(depth)
            case "while":
                return self._while()
            case "assign":
                register = self.rng.choice(self.cregs)
                place, value = self.rng.randrange(len(register.places)), self.rng.randint(0, 1)
                return f"{register.name}[{place}] = {value};", [Assign(register.places[place], value)]
            case _:
                return self._gate()

    def _qubit(self) -> tuple[Register, int]:
        register = self.rng.choice(self.qregs)
        return register, self.rng.randrange(len(register.places))

    def _qubits(self, number: int) -> tuple[str, tuple[int, ...]]:
        every = [
            (register.name, index, place) for register in self.qregs for index, place in enumerate(register.places)
        ]
        chosen = self.rng.sample(every, number)
        return ", ".join(f"{name}[{index}]" for name, index, _ in chosen), tuple(place for *_, place in chosen)

    @property
    def _qubit_count(self) -> int:
        return sum(len(register.places) for register in self.qregs)

    def _angle(self) -> tuple[str, float]:
        match self.rng.randrange(6):
            case 0:
                value = self.rng.uniform(-6.3, 6.3)
                return repr(value), value
            case 1:
                return "pi/2", math.pi / 2
            case 2:
                return "-pi/4", -math.pi / 4
            case 3:
                denominator = self.rng.randint(2, 9)
                return f"3*pi/{denominator}", 3 * math.pi / denominator
            case 4:
                return "sin(0.5)+1", math.sin(0.5) + 1
            case _:
                return "2-(pi-0.25)*2", 2 - (math.pi - 0.25) * 2

    def _known_gate(self) -> tuple[str, int, Matrix, str]:
        """A standard gate with parameters: its text, width and matrix, and its name."""
        gates = GATES | (ONLY_2 if self.version == 2 else ONLY_3)
        fitting = [gate for gate, (_, width, _) in gates.items() if width <= self._qubit_count]
        name = self.rng.choice(fitting)
        count, width, matrix = gates[name]
        angles = [self._angle() for _ in range(count)]
        arguments = f"({', '.join(text for text, _ in angles)})" if angles else ""
        return f"{name}{arguments}", width, matrix(*(value for _, value in angles)), name

    def _gate(self) -> tuple[str, list[Step]]:
        call, width, matrix, _ = self._known_gate()
        text, places = self._qubits(width)
        return f"{call} {text};", [Apply(matrix, places)]

    def _modified(self) -> tuple[str, list[Step]]:
        call, width, matrix, _ = self._known_gate()
        modifiers: list[str] = []
        for _ in range(self.rng.randint(1, 2)):
            match self.rng.randrange(4):
                case 0 if width < self._qubit_count:
                    modifiers.insert(0, "ctrl")
                    matrix, width = controlled(matrix), width + 1
                case 1 if width < self._qubit_count:
                    modifiers.insert(0, "negctrl")
                    matrix, width = controlled(matrix, on=0), width + 1
                case 2:
                    modifiers.insert(0, "inv")
                    matrix = power(matrix, -1)
                case _:
                    exponent = self.rng.randint(-2, 3)
                    modifiers.insert(0, f"pow({exponent})")
                    matrix = power(matrix, exponent)
        text, places = self._qubits(width)
        return f"{' @ '.join([*modifiers, call])} {text};", [Apply(matrix, places)]

    def _own_gate(self) -> tuple[str, list[Step]]:
        gate = self.rng.choice(self.own)
        if gate.qubits > self._qubit_count:
            return self._gate()
        angles = [self._angle() for _ in gate.parameters]
        text, places = self._qubits(gate.qubits)
        steps: list[Step] = [
            Apply(part.matrix, tuple(places[qubit] for qubit in part.qubits))
            for part in gate.matrices(tuple(value for _, value in angles))
        ]
        return f"{gate.name}({', '.join(angle for angle, _ in angles)}) {text};", steps

    def _broadcast(self) -> tuple[str, list[Step]]:
        register = self.rng.choice(self.qregs)
        name = self.rng.choice(["h", "x", "s", "t"])
        return f"{name} {register.name};", [Apply(GATES[name][2](), (place,)) for place in register.places]

    def _measure(self) -> tuple[str, list[Step]]:
        register, index = self._qubit()
        target = self.rng.choice(self.cregs)
        whole = [(q, c) for q in self.qregs for c in self.cregs if len(q.places) == len(c.places)]
        if whole and self.rng.random() < 0.3:
            register, target = self.rng.choice(whole)
            steps: list[Step] = [Measure(q, c) for q, c in zip(register.places, target.places, strict=True)]
            return self._measurement(register.name, target.name), steps
        place = self.rng.randrange(len(target.places))
        text = self._measurement(f"{register.name}[{index}]", f"{target.name}[{place}]")
        return text, [Measure(register.places[index], target.places[place])]

    def _measurement(self, source: str, target: str) -> str:
        if self.version == 3 and self.rng.random() < 0.7:
            return f"{target} = measure {source};"
        return f"measure {source} -> {target};"

    def _conditional(self, depth: int) -> tuple[str, list[Step]]:
        text, condition = self._condition()
        if self.version == 2:
            body, meaning = self.rng.choice([self._gate, self._gate, self._measure])()
            return f"if({text}) {body}", [If(condition, tuple(meaning))]
        body, steps = self._block(depth - 1)
        if self.rng.random() < 0.4:
            other, others = self._block(depth - 1)
            return f"if ({text}) {{ {body} }} else {{ {other} }}", [If(condition, tuple(steps), tuple(others))]
        return f"if ({text}) {{ {body} }}", [If(condition, tuple(steps))]

    def _condition(self) -> tuple[str, Condition]:
        register = self.rng.choice(self.cregs)
        value = self.rng.randrange(2 ** len(register.places))
        if self.version == 2:
            return f"{register.name}=={value}", Condition(register.places, "==", value)
        place = self.rng.randrange(len(register.places))
        bit = (register.places[place],)
        match self.rng.randrange(5):
            case 0:
                return f"{register.name}[{place}]", Condition(bit, "==", 1)
            case 1:
                return f"!{register.name}[{place}]", Condition(bit, "==", 0)
            case 2:
                return f"{register.name}[{place}] == 0", Condition(bit, "==", 0)
            case 3:
                return f"{register.name} == {value}", Condition(register.places, "==", value)
            case _:
                literal = f'"{value:0{len(register.places)}b}"'
                return f"{register.name} == {literal}", Condition(register.places, "==", value)

    def _block(self, depth: int) -> tuple[str, list[Step]]:
        texts, steps = [], list[Step]()
        for _ in range(self.rng.randint(1, 3)):
            text, meaning = self._statement(depth)
            texts.append(text)
            steps += meaning
        return " ".join(texts), steps

    def _for(self, depth: int) -> tuple[str, list[Step]]:
        """A loop over qubits of a register, by its index."""
        self.loops += 1
        index = f"i{self.loops}"
        register = self.rng.choice(self.qregs)
        last = len(register.places) - 1
        header, values = self.rng.choice(
            [
                (f"[0:{last}]", list(range(last + 1))),
                (f"[{last}:-1:0]", list(range(last, -1, -1))),
                (f"[0:2:{last}]", list(range(0, last + 1, 2))),
                (f"{{{last}, 0}}", [last, 0]),
            ]
        )
        name = self.rng.choice(["h", "x", "t", "rx"])
        if name == "rx":
            text = f"rx(0.5*{index}) {register.name}[{index}];"
            steps: list[Step] = [Apply(GATES["rx"][2](0.5 * value), (register.places[value],)) for value in values]
            return f"for int {index} in {header} {{ {text} }}", steps
        body, inner = self._block(0) if depth > 1 else ("", [])
        steps = []
        for value in values:
            steps += [Apply(GATES[name][2](), (register.places[value],)), *inner]
        return f"for int {index} in {header} {{ {name} {register.name}[{index}]; {body} }}", steps

    def _while(self) -> tuple[str, list[Step]]:
        """Until a measurement gives 0: it ends with probability 1, since the qubit is put into a superposition."""
        register, index = self._qubit()
        target = self.rng.choice(self.cregs)
        place = self.rng.randrange(len(target.places))
        qubit, bit = f"{register.name}[{index}]", f"{target.name}[{place}]"
        body = f"h {qubit}; {self._measurement(qubit, bit)}"
        meaning = (
            Apply(GATES["h"][2](), (register.places[index],)),
            Measure(register.places[index], target.places[place]),
        )
        return f"while ({bit}) {{ {body} }}", [While(Condition((target.places[place],), "==", 1), meaning)]
