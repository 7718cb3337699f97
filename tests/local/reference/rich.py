"""More of OpenQASM 3 in random programs: what needs more than a gate or one `if`, as steps of the exact reference."""

from random import Random

from attrs import define

from tests.local.reference.exact import Apply, Assign, Condition, If, Measure, Step
from tests.local.reference.matrices import GATES, X
from tests.local.reference.programs import MAX_DEPTH, Maker, RandomProgram, Register

_FLAT = ("alias", "slice", "measure slice", "call", "shift", "flip")
_KINDS = (*_FLAT, "switch", "chain", "both", "leave", "arithmetic")
_LOOK = "def look(qubit a, qubit b) -> bit { bit r = measure a; if (r) { x b; return 0; } h a; return measure b; }"


@define
class RichMaker(Maker):
    """Makes one program of OpenQASM 3."""

    scratch: int = -1
    """The bit that stands for the variable of the subroutine; the last one."""

    def _statement(self, depth: int) -> tuple[str, list[Step]]:
        if self.rng.random() < 0.6:
            return super()._statement(depth)
        make = {
            "alias": self._alias,
            "slice": self._slice,
            "measure slice": self._measure_slice,
            "switch": lambda: self._switch(depth),
            "chain": lambda: self._chain(depth),
            "both": lambda: self._both(depth),
            "leave": lambda: self._leave(depth),
            "call": self._call,
            "arithmetic": lambda: self._arithmetic(depth),
            "shift": self._shift,
            "flip": self._flip,
        }
        return make[self.rng.choice(_KINDS if depth == MAX_DEPTH else _FLAT)]()

    # Parts of registers.

    def _alias(self) -> tuple[str, list[Step]]:
        self.loops += 1
        name = f"w{self.loops}"
        parts = [self._part(register) for register in self.qregs]
        places = [place for _, chosen in parts for place in chosen]
        target = self.rng.randrange(len(places))
        text = f"let {name} = {' ++ '.join(part for part, _ in parts)}; h {name}[{target}];"
        steps: list[Step] = [Apply(GATES["h"][2](), (places[target],))]
        if len(places) > 1:
            one, other = self.rng.sample(range(len(places)), 2)
            text += f" cx {name}[{one}], {name}[{other - len(places)}];"
            steps.append(Apply(GATES["cx"][2](), (places[one], places[other])))
        return text, steps

    def _slice(self) -> tuple[str, list[Step]]:
        part, places = self._part(self.rng.choice(self.qregs))
        name = self.rng.choice(["h", "x", "t"])
        return f"{name} {part};", [Apply(GATES[name][2](), (place,)) for place in places]

    def _measure_slice(self) -> tuple[str, list[Step]]:
        source, qubits = self._part(self.rng.choice(self.qregs))
        fitting = [register for register in self.cregs if len(register.places) >= len(qubits)]
        if not fitting:
            return self._slice()
        register = self.rng.choice(fitting)
        indices = self.rng.sample(range(len(register.places)), len(qubits))
        target = f"{register.name}[{{{', '.join(map(str, indices))}}}]"
        steps: list[Step] = [
            Measure(qubit, register.places[index]) for qubit, index in zip(qubits, indices, strict=True)
        ]
        return self._measurement(source, target), steps

    def _part(self, register: Register) -> tuple[str, list[int]]:
        """A part of a register, never empty, in one of the ways to write it."""
        size = len(register.places)
        first, last = sorted((self.rng.randrange(size), self.rng.randrange(size)))
        step = self.rng.randint(1, 2)
        text, indices = self.rng.choice(
            [
                (f"[{first}:{last}]", range(first, last + 1)),
                (f"[{first - size}:{last - size}]", range(first, last + 1)),
                (f"[{first}:{step}:{last}]", range(first, last + 1, step)),
                (f"[{last}:-{step}:{first}]", range(last, first - 1, -step)),
                (f"[:{last}]", range(last + 1)),
                (f"[{first}:]", range(first, size)),
                (f"[{{{', '.join(map(str, chosen))}}}]", chosen)
                if (chosen := self.rng.sample(range(size), self.rng.randint(1, size)))
                else ("[:]", range(size)),
            ]
        )
        return register.name + text, [register.places[index] for index in indices]

    # Control flow.

    def _switch(self, depth: int) -> tuple[str, list[Step]]:
        register = self.rng.choice(self.cregs)
        width = len(register.places)
        values = self.rng.sample(range(2**width), min(2**width, 3))
        one, other, (rest, steps) = self._block(depth - 1), self._block(depth - 1), self._block(depth - 1)
        cases = [(values[:2], *one), (values[2:], *other)]
        text = "".join(f"case {', '.join(map(str, case))} {{ {body} }} " for case, body, _ in cases if case)
        for case, _, meaning in reversed(cases):
            for value in case:
                steps = [If(Condition(register.places, "==", value), tuple(meaning), tuple(steps))]
        return f"switch (uint[{width}]({register.name})) {{ {text}default {{ {rest} }} }}", steps

    def _chain(self, depth: int) -> tuple[str, list[Step]]:
        register = self.rng.choice(self.cregs)
        low, high = (self.rng.randrange(2 ** len(register.places)) for _ in range(2))
        (one, first), (two, second), (three, third) = (self._block(depth - 1) for _ in range(3))
        text = (
            f"if ({register.name} < {low}) {{ {one} }} else if ({register.name} >= {high}) {{ {two} }} "
            f"else {{ {three} }}"
        )
        inner = If(Condition(register.places, ">=", high), tuple(second), tuple(third))
        return text, [If(Condition(register.places, "<", low), tuple(first), (inner,))]

    def _both(self, depth: int) -> tuple[str, list[Step]]:
        (one, left), (other, right) = self._condition(), self._condition()
        (then, first), (otherwise, second) = self._block(depth - 1), self._block(depth - 1)
        if self.rng.random() < 0.5:
            word, step = "&&", If(left, (If(right, tuple(first), tuple(second)),), tuple(second))
        else:
            word, step = "||", If(left, tuple(first), (If(right, tuple(first), tuple(second)),))
        return f"if (({one}) {word} ({other})) {{ {then} }} else {{ {otherwise} }}", [step]

    def _leave(self, depth: int) -> tuple[str, list[Step]]:
        self.loops += 1
        (before, first), (after, second), (condition, holds) = self._block(0), self._block(0), self._condition()
        word = self.rng.choice(["break", "continue"])
        steps: list[Step] = []
        for _ in range(min(depth, 2)):
            if word == "break":
                steps = [*first, If(holds, (), (*second, *steps))]
            else:
                steps = [*first, If(holds, (), tuple(second)), *steps]
        header = f"for int i{self.loops} in [1:{min(depth, 2)}]"
        return f"{header} {{ {before} if ({condition}) {{ {word}; }} {after} }}", steps

    # Subroutines and classical values.

    def _define_gate(self) -> str:
        text = super()._define_gate()
        if self.scratch >= 0:
            return text
        self.scratch = sum(len(register.places) for register in self.cregs)
        return f"{_LOOK}\n{text}"

    def _call(self) -> tuple[str, list[Step]]:
        if self.scratch < 0 or self._qubit_count < 2:
            return self._slice()
        text, (a, b) = self._qubits(2)
        register = self.rng.choice(self.cregs)
        index = self.rng.randrange(len(register.places))
        target = register.places[index]
        early, late = (Apply(X, (b,)), Assign(target, 0)), (Apply(GATES["h"][2](), (a,)), Measure(b, target))
        found = If(Condition((self.scratch,), "==", 1), early, late)
        return f"{register.name}[{index}] = look({text});", [Measure(a, self.scratch), found, Assign(self.scratch, 0)]

    def _arithmetic(self, depth: int) -> tuple[str, list[Step]]:
        """A sum that wraps."""
        self.loops += 1
        register = self.rng.choice(self.cregs)
        width, name = len(register.places), f"u{self.loops}"
        more, value = self.rng.randrange(1, 2 ** (width + 1)), self.rng.randrange(2**width)
        body, steps = self._block(depth - 1)
        condition = Condition(register.places, "==", (value - more) % 2**width)
        text = f"uint[{width}] {name} = {register.name}; {name} += {more}; if ({name} == {value}) {{ {body} }}"
        return text, [If(condition, tuple(steps))]

    def _shift(self) -> tuple[str, list[Step]]:
        register = self.rng.choice(self.cregs)
        places, by = register.places, self.rng.randint(1, 2)
        left = self.rng.random() < 0.5
        text = f"{register.name} {'<<=' if left else '>>='} {by};"
        order = range(len(places) - 1, -1, -1) if left else range(len(places))
        steps: list[Step] = []
        for index in order:
            source = index - by if left else index + by
            if 0 <= source < len(places):
                set_, clear = (Assign(places[index], 1),), (Assign(places[index], 0),)
                steps.append(If(Condition((places[source],), "==", 1), set_, clear))
            else:
                steps.append(Assign(places[index], 0))
        return text, steps

    def _flip(self) -> tuple[str, list[Step]]:
        register = self.rng.choice(self.cregs)
        width = len(register.places)
        mask = self.rng.randrange(2**width)
        steps: list[Step] = [
            If(Condition((place,), "==", 1), (Assign(place, 0),), (Assign(place, 1),))
            for index, place in enumerate(register.places)
            if mask >> index & 1
        ]
        return f'{register.name} = {register.name} ^ "{mask:0{width}b}";', steps


def random_program(seed: int) -> RandomProgram:
    """The program of a seed: OpenQASM 2 for even ones, OpenQASM 3 for odd ones."""
    return Maker(Random(seed), 2).program() if seed % 2 == 0 else RichMaker(Random(seed), 3).program()
