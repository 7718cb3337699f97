"""Valid programs, made by the grammars of OpenQASM 2 and 3, with odd names and words: all pass."""

from contextlib import redirect_stderr
from io import StringIO

import openqasm3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openqasm.lexer import KEYWORDS

from qcaas_sdk import MalformedProgram
from qcaas_sdk._programs import check_syntax
from qcaas_sdk._programs.grammar import WORDS_OF_2
from qcaas_sdk.local.simulator.programs import Language, inspect
from tests.support.examples import scaled

pytestmark = pytest.mark.slow

HEADER_2 = 'OPENQASM 2.0;\ninclude "qelib1.inc";\n'
HEADER_3 = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'
ODD = sorted(
    {word for word in KEYWORDS if word[0].islower()} - WORDS_OF_2 | {"e", "tau", "im", "dt", "define", "qir"}
)


@pytest.mark.parametrize("name", ODD)
def test_words_of_openqasm_3_are_names_in_openqasm_2(name: str) -> None:
    check_syntax(
        f"{HEADER_2}qreg {name}[1];\ncreg out_[1];\ngate g({name}) a {{ rx({name}) a; }}\nmeasure {name} -> out_;"
    )
    with pytest.raises(MalformedProgram, match=f"undefined identifier '{name}'") as caught:
        check_syntax(f"{HEADER_2}qreg q[1];\nh {name}[0];")
    assert (caught.value.line, caught.value.column) == (4, 3)


names = st.one_of(st.sampled_from(ODD), st.from_regex(r"[a-z][A-Za-z0-9_]{0,6}", fullmatch=True)).filter(
    lambda name: name not in WORDS_OF_2 and name not in {"h", "x", "cx", "rx", "u3", "id"}
)
blanks = st.sampled_from(["", " ", "\n", "// define qir %Qubit \"'\n", "/* define the\n qreg */ "])
numbers = st.sampled_from(["0", "7", "1.5", ".5", "2.", "1e3", "1.5E-3", "pi"])


@st.composite
def expressions(draw: st.DrawFn, known: tuple[str, ...] = (), depth: int = 2) -> str:
    if depth == 0:
        return draw(st.sampled_from(known) if known and draw(st.booleans()) else numbers)
    inner = expressions(known, depth - 1)
    one, other = draw(inner), draw(inner)
    return draw(
        st.sampled_from(
            [
                *(one, f"-{one}", f"+{one}", f"({one})", f"sin({one})", f"ln({one})", f"sqrt( +{one})"),
                *(f"{one}{operator}{other}" for operator in ("+", "-", " * ", "/", "^", "* -", "/ +")),
            ]
        )
    )


@st.composite
def programs_of_2(draw: st.DrawFn) -> str:
    qubits, bits, gate, parameter, argument = draw(st.lists(names, min_size=5, max_size=5, unique=True))
    one, two = f"{qubits}[0]", f"{qubits}[1]"
    statement = st.one_of(
        st.sampled_from(
            [
                f"h {qubits};",
                f"cx {one},{two};",
                f"id {one};;",
                f"CX {one}, {two};",
                f"barrier {qubits};",
                f"barrier {one},{two};",
                f"reset {one};",
                f"measure {one} -> {bits}[1];",
                f"measure {qubits} -> {bits};",
                f"if({bits}==3) measure {one}->{bits}[0];",
            ]
        ),
        expressions().map(lambda angle: f"rx({angle}) {one};"),
        expressions().map(lambda angle: f"if ( {bits} == 2 ) {gate}({angle}) {two};"),
        expressions().map(lambda angle: f"U({angle},0,{angle}) {one};"),
    )
    body = draw(expressions((parameter,)))
    parts = [
        HEADER_2,
        f"qreg {qubits}[2];",
        f"creg {bits}[2];",
        f"gate {gate}({parameter}) {argument} {{ rx({body}) {argument}; U({parameter},0,0) {argument}; }}",
        "opaque dark(a_,b_) c_,d_;",
        "gate empty a_ { }",
        *draw(st.lists(statement, min_size=1, max_size=6)),
    ]
    return "".join(part + draw(blanks) for part in parts)


@given(programs_of_2())
@settings(max_examples=scaled(150))
def test_every_program_of_openqasm_2_passes_and_is_one(program: str) -> None:
    check_syntax(program)
    assert inspect(program)[0] is Language.QASM2


STATEMENTS_3 = """
const uint n = 3;
const float[64] third = π / 3;
qubit[3] q;
qubit lone;
bit[3] c = "010";
bit b;
creg old[2]; qreg older[2];
int[8] i = -0x1F; uint u = 1_000; bool yes = true && !false; angle[20] a = pi / 2 * ℇ; float f = .5e-3;
complex[float[64]] z = 1.5 + 2im;
input angle[32] θ;
output bit[2] verdict;
array[int[8], 2, 2] table = {{1, 2}, {3, 4}};
let part = q[0:1]; let joined = part ++ q[2];
duration d = 100ns + 2.5us; stretch s; delay[d] q; delay[10dt] lone;
gate mine(x_, y_) p_, r_ { rz(x_ / 2 + y_) p_; ctrl @ x p_, r_; gphase(-x_); }
mine(0.1, 2 ** 3) q[0], q[1];
ctrl(2) @ x q[0], q[1], lone; negctrl @ inv @ pow(1/2) @ s q[0], q[1]; gphase(pi / 4);
def parity(bit[3] given, qubit t) -> bit { bit r = given[0] ^ given[1]; if (r) { x t; } return r; }
b = parity(c, lone);
extern compute(int[8], float) -> int[8]; i = compute(3, 0.5);
c = measure q; measure lone -> b; b = measure q[-1]; c[0:1] = measure older; c[2] ^= b;
reset q[0]; reset q; barrier; barrier q, lone;
if (c == 3) x q[0]; else y q[1];
if (c[0] == 1 || i >= 2) { x q[0]; } else if (b) { y q[0]; } else { z q[0]; }
for uint k in [0:2] { h q[k]; } for int k in {1, 2, 5} x lone; for bit t_ in c { if (t_) x lone; }
for int k in [n - 1:-1:0] { }
while (i < 3) { i += 1; if (i == 2) { continue; } if (b) break; }
switch (i) { case 0, 1 { x lone; } case 2 { } default { y lone; } }
box { x q[0]; } box[200ns] { delay[s] q[1]; }
i = int[8](f) + sizeof(table, 0) - popcount(c) << 2 & ~u; i %= 3; f = sin(f) ** 2; u = uint[3](c); b = bit(c[1:1][0]);
table[0, 1] = 7; c = rotl(c, 1);
#pragma qcaas anything at all %Qubit
@note define qir
x lone;
x $0;
cal { play(drive($0), 5); }
defcal x $1 { anything at all }
/* define void @main() */
{ bit inner_; inner_ = measure lone; }
""".strip().splitlines()


@pytest.mark.parametrize("more", [*STATEMENTS_3, "end;"])
def test_every_statement_of_openqasm_3_passes(more: str) -> None:
    program = HEADER_3 + "\n".join([*STATEMENTS_3, more if more == "end;" else "// " + more]) + "\n"
    check_syntax(program)
    assert inspect(program)[0] is Language.QASM3


@given(st.lists(st.sampled_from(STATEMENTS_3), max_size=6), st.lists(blanks, min_size=6, max_size=6))
@settings(max_examples=scaled(150))
def test_whatever_the_reference_parser_takes_and_declares_its_names_passes(
    more: list[str], between: list[str]
) -> None:
    bare = [line for line in more if not any(word in line for word in (" c", "let", "gate", "def", "input", "array"))]
    program = HEADER_3 + "\n".join(STATEMENTS_3 + [a + "\n" + b for a, b in zip(bare, between, strict=False)])
    with redirect_stderr(StringIO()):
        openqasm3.parse(program)
    check_syntax(program)
