"""What is wrong, or cannot run here: with line, column and the part of the language; never words of Python."""

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qcaas_sdk.local.simulator.openqasm.errors import NeedsOutcome, ProgramError, TooLarge
from qcaas_sdk.local.simulator.openqasm.program import parse
from qcaas_sdk.local.simulator.programs import load
from qcaas_sdk.local.simulator.task_error import TaskError, TaskErrorCode
from tests.local.openqasm.service import QASM2, QASM3, certain, refusal
from tests.support.examples import scaled

SYNTAX, UNSUPPORTED = TaskErrorCode.SYNTAX, TaskErrorCode.UNSUPPORTED_INSTRUCTION
PYTHON = re.compile(r"Error\b|Exception|Traceback|object at|NoneType|<class")


@pytest.mark.parametrize(
    ("text", "code", "line", "says"),
    [
        # The language, wrongly used.
        ("x q[2];", SYNTAX, 4, "index 2 is out of range for size 2"),
        ("x q[-3];", SYNTAX, 4, "index -3 is out of range"),
        ("x q[0.5];", SYNTAX, 4, "an index must be an integer"),
        ("x q[1:0];", SYNTAX, 4, "selects nothing"),
        ("x q[0:0:1];", SYNTAX, 4, "step of a range cannot be 0"),
        ("x nobody;", SYNTAX, 4, "'nobody' is not declared"),
        ("foo q;", SYNTAX, 4, "'foo' is not defined"),
        ("if (c == 7) {\nfoo q; }", SYNTAX, 5, "'foo' is not defined"),
        ("gate g a {\nfoo a; }", SYNTAX, 5, "'foo' is not defined"),
        ("def f() {\nx r; }", SYNTAX, 5, "'r' is not declared"),
        ("rx q;", SYNTAX, 4, "'rx' takes 1 parameter(s), not 0"),
        ("cx q[0];", SYNTAX, 4, "'cx' acts on 2 qubit(s) here, not 1"),
        ("cx q[0], q[0];", SYNTAX, 4, "same qubit twice"),
        ("qubit[3] r; cx q, r;", SYNTAX, 4, "different sizes (2 and 3)"),
        ("bit[3] d = measure q;", SYNTAX, 4, "2 bits do not fit into bit[3]"),
        ("x c;", SYNTAX, 4, "a qubit is needed here"),
        ("int a = q;", SYNTAX, 4, "a qubit has no value"),
        ("const int a = 1;\na = 2;", SYNTAX, 5, "cannot be assigned to"),
        ("int a = 1;\nint a = 2;", SYNTAX, 5, "'a' is already declared"),
        ("int a = 1 / 0;", SYNTAX, 4, "division by zero"),
        ("int a = 1 % 0;", SYNTAX, 4, "division by zero"),
        ("float a = 1.0 / 0;", SYNTAX, 4, "division by zero"),
        ("rx(sqrt(-1)) q;", SYNTAX, 4, "`sqrt` has no finite value"),
        ("rx(log(0)) q;", SYNTAX, 4, "`log` has no finite value"),
        ("rx(exp(1000)) q;", SYNTAX, 4, "`exp` has no finite value"),
        ("rx(1e400) q;", SYNTAX, 4, "not a finite number"),
        ("rx(10 ** 400 * 10 ** 400) q;", SYNTAX, 4, "not a finite number"),
        ("rx(10 ** 4000) q;", SYNTAX, 4, "number is too large"),
        ("int a = 1 << 100000;", SYNTAX, 4, "number is too large"),
        ("int a = 1 << -1;", SYNTAX, 4, "shifted by -1"),
        ("float a = 1.5; int b = a & 1;", SYNTAX, 4, "`&` does not take float[64] and int"),
        ("angle a = pi; int b = int(a);", SYNTAX, 4, "angle[64] cannot be cast to int[64]"),
        ("duration d = 1ns; int b = d;", SYNTAX, 4, "duration cannot be cast"),
        ("duration d = 1ns; if (d == 1dt) { x q; }", SYNTAX, 4, "timing is not simulated"),
        ("if (durationof({x q[0];}) > 1ns) { x q; }", SYNTAX, 4, "timing is not simulated"),
        ("delay[3] q;", SYNTAX, 4, "a delay takes a duration"),
        ("const int n = 0; int[n] a;", SYNTAX, 4, "must be at least 1"),
        ("int n = 2; int[n] a = f(1);", SYNTAX, 4, "'f' is not defined"),
        ("def f(int a) -> int { return a; } int b = f();", SYNTAX, 4, "'f' takes 1 argument(s), not 0"),
        ("def f(qubit[3] a) { x a; } f(q);", SYNTAX, 4, "3 qubit(s) are needed here, not 2"),
        ("def f() -> int { int a = 1; } int b = f();", SYNTAX, 4, "ends without returning"),
        ("def f() { int a = 1; } int b = f();", SYNTAX, 4, "returns no value"),
        ("gate g a { g a; } g q[0];", SYNTAX, 4, "'g' is not defined"),
        ("gate g(t, t) a { } g(1, 1) q[0];", SYNTAX, 4, "twice"),
        ("int k = 1; gate g a { rx(k) a; } g q[0];", SYNTAX, 4, "'k' is not declared"),
        ("gate g a { cx a, $0; } g q[0];", SYNTAX, 4, "a gate cannot name '$0'"),
        ("break;", SYNTAX, 4, "'break'"),
        ("array[int[8], 2] a = {1, 2, 3};", SYNTAX, 4, "2 elements are needed here, not 3"),
        ("array[int[8], 2] a; a[0, 1] = 3;", SYNTAX, 4, "has 1 dimension(s), not 2"),
        ("array[int[8], 2] a; array[int[8], 3] b; a = b;", SYNTAX, 4, "shapes"),
        ('include "other.inc";', SYNTAX, 4, "other.inc"),
        ("{ qubit r; }", SYNTAX, 4, "qubit"),
        ("c = measure c;", SYNTAX, 4, "a qubit is needed here"),
        ("ctrl(0) @ x q[0], q[1];", SYNTAX, 4, "takes 1 to"),
        ("let a = q[0] ++ c[0];", SYNTAX, 4, "`++` joins"),
        # The language, beyond this QPU.
        ("input angle theta; rx(theta) q;", UNSUPPORTED, 4, "`input theta` has no value"),
        ("output float f;", UNSUPPORTED, 4, "`output f`"),
        ("complex[float] z;", UNSUPPORTED, 4, "complex numbers"),
        ("rx(2im) q;", UNSUPPORTED, 4, "complex numbers"),
        ("extern f(int) -> int;\nint a = f(1);", UNSUPPORTED, 5, "extern function 'f'"),
        ("defcal x $0 { play; }", UNSUPPORTED, 4, "pulses"),
        ("cal { play; }", UNSUPPORTED, 4, "pulses"),
    ],
)  # fmt: skip
def test_the_message_says_where_and_what(text: str, code: TaskErrorCode, line: int, says: str) -> None:
    error = refusal(f"{QASM3}qubit[2] q; bit[2] c;\n{text}\nc = measure q;")
    assert isinstance(error, ProgramError)
    assert (error.code, error.line) == (code, line)
    assert says in str(error)
    assert str(error).startswith(f"line {line}, column ")
    assert not PYTHON.search(str(error))


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ("if (true) { x a; }", "if"),
        ("while (true) { x a; }", "while"),
        ("int b = 1;", "declaration"),
        ("end;", "end"),
    ],
)
def test_what_a_gate_cannot_hold(body: str, word: str) -> None:
    error = refusal(f"{QASM3}gate g a {{ {body} }}\nqubit q; bit c; g q; c = measure q;")
    assert isinstance(error, ProgramError)
    assert error.line == 3


def test_a_for_in_a_gate_is_repeated() -> None:
    program = (
        f"{QASM3}gate g(t) a {{ for int i in [0:2] {{ rx(t * i) a; }} }}\nqubit q; bit c; g(pi / 3) q; c = measure q;"
    )
    assert certain(program) == {"c": "1"}


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("rx(exp(1000)) q[0];", 4, "`exp` has no finite value"),
        ("rx(tau) q[0];", 4, "'tau' is not defined"),
        ("rx(1/0) q[0];", 4, "division by zero"),
        ("foo q[0];", 4, "'foo' is not defined"),
        ("if(c==1) foo q[0];", 4, "'foo' is not defined"),
        ("h r[0];", 4, "'r' is not declared"),
        ("h q[2];", 4, "index 2 is out of range"),
        ("h q[0]", 5, "expected ';', not 'measure'"),
        ("opaque dark a; dark q[0];", 4, "'dark' is opaque"),
        ("gate g a { measure a -> c; }", 4, "`measure` inside a gate"),
        ("qreg pi[1];", 4, "'pi' is a keyword"),
        ("h q[0]; §", 4, "'§' is not expected"),
        ("creg d[0];", 4, "must be at least 1"),
        ("measure q -> d;", 4, "'d' is not declared"),
        ("cx q[0],q[0];", 4, "same qubit twice"),
    ],
)
def test_openqasm_2(text: str, line: int, says: str) -> None:
    error = refusal(f"{QASM2}qreg q[2];creg c[2];\n{text}\nmeasure q -> c;")
    assert isinstance(error, ProgramError)
    assert error.line == line
    assert says in str(error)


class TestSize:
    """What is too large is refused before it is made."""

    @pytest.mark.parametrize(
        "text",
        [
            "for int i in [0:1099511627776] { x q[0]; }",
            "for int i in [0:1099511627776] { }",
            "for uint i in [1099511627776:-1:0] for int j in [0:3] x q[0];",
            "pow(1099511627776) @ g q;",
            "gate g0 a { x a; x a; }"
            + "".join(f"gate g{n} a {{ g{n - 1} a; g{n - 1} a; }}" for n in range(1, 40))
            + "g39 q[0];",
            "gate l a { for int i in [0:100000000] { x a; } } l q[0];",
        ],
    )
    def test_loops_and_gates(self, text: str) -> None:
        operands = ", ".join(f"q[{n}]" for n in range(9))
        names = ", ".join(f"a{n}" for n in range(9))
        big = f"gate g {names} {{ {''.join(f'h a{n};' for n in range(9))} }}\n"
        program = f"{QASM3}{big}qubit[9] q; bit[9] c;\n{text.replace('@ g q;', f'@ g {operands};')}\nc = measure q;"
        error = refusal(program)
        assert isinstance(error, TooLarge)
        assert "after expansion" in str(error)
        assert error.line == 5

    def test_openqasm_2(self) -> None:
        gates = "".join(f"gate g{n} a {{ g{n - 1} a; g{n - 1} a; }}\n" for n in range(1, 28))
        error = refusal(f"{QASM2}gate g0 a {{ x a; x a; }}\n{gates}qreg q[1];creg c[1];g27 q[0];measure q->c;")
        assert isinstance(error, TooLarge)

    def test_a_loop_without_end(self) -> None:
        program = parse(3, "OPENQASM 3;\nint n;\nwhile (true) { n += 1; }", max_steps=1000)
        with pytest.raises(TooLarge, match="larger than 1,000 steps") as caught:
            program.record()
        assert caught.value.line == 3

    def test_the_limits_are_the_callers(self) -> None:
        text = "OPENQASM 3;\nqubit q;\nfor int i in [0:9] { U(0, 0, 0) q; }"
        with pytest.raises(TooLarge, match="larger than 15 operations"):
            parse(3, text, max_operations=15).record()
        parse(3, text, max_operations=20).record()

    @pytest.mark.parametrize(
        "text",
        [
            "qubit[0xFFFFFFFF] r;",
            "qubit[1_000_000] r;",
            "const int n = 1000; qubit[n * n] r;",
            "bit[1 << 20] d;",
            "qreg r[1000000];",
            "array[int[8], 1000, 1000] a;",
        ],
    )
    def test_declared_sizes(self, text: str) -> None:
        error = refusal(f"{QASM3}qubit q; bit c;\n{text}\nc = measure q;")
        assert error.code == TaskErrorCode.TOO_MANY_QUBITS
        assert str(error).startswith("line 4, column ")

    def test_depth(self) -> None:
        deep = f"{QASM3}qubit q; bit c; rx({'(' * 20_000}1{')' * 20_000}) q; c = measure q;"
        assert "nested too deeply" in str(refusal(deep))
        deep2 = f"{QASM2}qreg q[1]; creg c[1]; rx({'(' * 20_000}1{')' * 20_000}) q[0]; measure q -> c;"
        assert "nested too deeply" in str(refusal(deep2))

    def test_a_long_sum(self) -> None:
        terms = "+".join(["pi"] * 1001)
        assert certain(f"{QASM2}qreg q[1]; creg c[1]; rx({terms}) q[0]; measure q -> c;") == {"c": "1"}


def test_inputs_can_be_given_by_a_caller() -> None:
    text = "OPENQASM 3;\ninput angle[8] t; input int[4] n; input bit[2] b; input bool on;\nbit[2] c; c = b;\nqubit q; bool d = on && n == -3 && t == 1.5;"  # noqa: E501
    recorded = parse(3, text, inputs={"t": 1.5, "n": -3, "b": "10", "on": True}).record()
    assert recorded.layout.ones


WORDS = [
    "qubit",
    "q",
    "c",
    "h",
    "x",
    "cx",
    "rx",
    "measure",
    "if",
    "else",
    "for",
    "while",
    "in",
    "int",
    "uint",
    "bit",
    "float",
    "angle",
    "bool",
    "const",
    "def",
    "gate",
    "return",
    "break",
    "continue",
    "switch",
    "case",
    "default",
    "let",
    "array",
    "[",
    "]",
    "{",
    "}",
    "(",
    ")",
    ";",
    ",",
    "=",
    "==",
    "+",
    "-",
    "*",
    "/",
    "**",
    "<<",
    "++",
    "->",
    "@",
    "ctrl",
    "inv",
    "pow",
    "0",
    "1",
    "2",
    "3.5",
    '"01"',
    "true",
    "pi",
    "sin",
    "reset",
    "barrier",
    "end",
    "box",
    "delay",
    "10ns",
    "output",
    "input",
    "sizeof",
    ":",
    "a",
    "b",
    "creg",
    "qreg",
    "opaque",
    "0b11",
    "-1",
    "&&",
    "||",
    "!",
    "~",
    "%",
    "$0",
    "gphase",
    "U",
]
SEEDS = [
    f"{QASM3}qubit[3] q; bit[3] c; int a = 1; const int b = 2;\nfor int i in [0:2] {{ h q[i]; }}\n"
    'c[0] = measure q[0]; if (c[0] == 1 && a < b) { x q[1]; } else { ctrl @ x q[1], q[2]; }\nc = measure q;',
    f"{QASM3}def f(qubit a, int n) -> bit {{ rx(pi / n) a; return measure a; }}\nqubit[2] q; bit[2] c; angle[4] t = pi;\n"  # noqa: E501
    "while (c[0] == 0) { c[0] = f(q[0], 2); t += pi / 8; } switch (int(c[0])) { case 1 { rz(t) q[1]; } }\nc = measure q;",  # noqa: E501
    f"{QASM3}array[int[8], 2, 2] m = {{{{1, 2}}, {{3, 4}}}}; bit[4] b = \"0101\"; let d = b[1:2] ++ b[{{0}}];\n"
    "qubit[2] q; bit[2] c; if (m[1, 0] == 3) { pow(0.5) @ inv @ cx q[0], q[1]; } d[0] = 1; c = measure q;",
    f"{QASM2}gate g(a,b) x,y {{ rx(a^2/b) x; cx x,y; }}\nqreg q[2]; creg c[2]; g(1,-2) q[0],q[1]; if(c==1) x q[0]; measure q -> c;",  # noqa: E501
]  # fmt: skip
TOKEN = re.compile(r"\w+|\s+|\"[^\"]*\"|[^\w\s]")


@pytest.mark.slow
@given(st.sampled_from(SEEDS), st.integers(0, 2**32), st.integers(1, 4))
@settings(max_examples=scaled(250), deadline=None)
def test_nothing_but_a_task_error_comes_of_any_text(program: str, seed: int, times: int) -> None:
    chance = random.Random(seed)
    tokens = TOKEN.findall(program)
    for _ in range(times):
        place = chance.randrange(8, len(tokens))
        word = chance.choice([*WORDS, chance.choice(tokens)])
        match chance.randrange(3):
            case 0:
                del tokens[place]
            case 1:
                tokens.insert(place, f" {word} ")
            case _:
                tokens[place] = f" {word} "
    text = "".join(tokens)
    try:
        parsed = load(text)
        small = parse(parsed.version, text, max_operations=2000, max_steps=2000)
        try:
            small.record()
        except NeedsOutcome:
            small.sample(20, 1, lambda _qubits: None, 1 << 20)
    except TaskError as error:
        assert not PYTHON.search(str(error))
