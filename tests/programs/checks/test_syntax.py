"""The check of syntax: what is wrong is found with its place, and nothing that runs is ever refused."""

import random
import re
import sys
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qcaas_sdk import InvalidProgram, MalformedProgram
from qcaas_sdk._programs import check_syntax
from qcaas_sdk.local.simulator.programs import parse
from qcaas_sdk.local.simulator.task_error import TaskError
from qcaas_sdk.testing import programs
from tests.support.examples import scaled
from tests.support.programs import BELL, BELL_3

FOLDER = Path(__file__).parents[4] / "shared" / "qasm"
FILES = sorted(FOLDER.glob("*.qasm"))

QASM2 = """OPENQASM 2.0;
include "qelib1.inc";
gate own(a,b) x,y { rx(a*2+b/3-sin(pi)) x; cx x,y; barrier x,y; U(0,0,a) y; }
opaque dark(t) x;
qreg q[3]; creg c[3]; creg d[1];
own(0.1,2e-3) q[0],q[1]; h q; cx q[0],q[2];
if(c==3) x q[0];
reset q[1]; barrier q;
u3(pi/2,-pi,0.5^2) q[2];
measure q -> c; measure q[1] -> d[0];
"""
QASM3 = """OPENQASM 3.0;
include "stdgates.inc";
qubit[3] q; bit[3] c; bit d;
gate own(t) a, b { rz(t/2) a; cx a, b; }
own(0.3) q[0], q[1];
ctrl @ x q[0], q[1]; inv @ s q[2]; pow(2) @ t q[0];
for int i in [0:2] { h q[0]; }
c[0] = measure q[0];
if (c[0]) { x q[1]; } else { y q[1]; }
while (c == 3) { h q[0]; c[0] = measure q[0]; }
d = measure q[2];
barrier q; reset q[1];
c = measure q;
"""
QIR = """; ModuleID = 'bell'
source_filename = "bell"
%Qubit = type opaque
define void @main() #0 { ret void }
"""
TOKEN = re.compile(r"\w+|\s+|\"[^\"]*\"|[^\w\s]")


def runs(program: str) -> bool:
    try:
        with redirect_stderr(StringIO()):  # its parser talks
            parse(program)
    except TaskError:
        return False
    return True


@pytest.mark.parametrize(
    ("program", "line", "column", "says"),
    [
        (BELL.replace("h q[0];", "h q[0]"), 1, None, "expected"),
        ("OPENQASM 2.0;\noops", 2, 5, "expected"),
        ('OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[2];\nh r[0];', 4, 3, "undefined identifier 'r'"),
        ("OPENQASM 2.0;\nqreg q[2];\nmeasure q -> c;", 3, None, "undefined identifier 'c'"),
        ('OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[2];\nh q[2];', 4, None, "index 2 is out of range"),
        ('OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[2] q;\nx p[0];', 4, 3, "undefined identifier 'p'"),
        ("OPENQASM 3.0;\nqubit[2 q;", 2, None, "expected"),
        ("OPENQASM 3.0;\nbit c;\nc = measure q;", 3, None, "undefined identifier 'q'"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(program: str, line: int, column: int | None, says: str) -> None:
    with pytest.raises(MalformedProgram, match=says) as caught:
        check_syntax(program)
    assert isinstance(caught.value, InvalidProgram)
    assert caught.value.line == line
    assert caught.value.column is not None
    if column is not None:
        assert caught.value.column == column
    assert f"line {line}, column {caught.value.column}" in str(caught.value)
    assert "check=False" in str(caught.value)
    assert not runs(program)


@pytest.mark.parametrize(
    "program",
    [
        QIR,
        "text in a language of tomorrow",
        'include "qelib1.inc"; qreg q[1]; oops',  # no version: which language it is cannot be told
        "OPENQASM 4.0; oops",
        'OPENQASM 2.0; include "gates of mine.inc"; qreg q[1]; mine q[anything];',
        'OPENQASM 2.0; include "qelib1.inc"; qreg q[1]; a_gate_of_the_service(1) q[0];',
        "OPENQASM 3.0; #pragma anything at all\nqubit q;",
        "OPENQASM 3.0; qubit[2] q; rx(" + "(" * 3000 + "1" + ")" * 3000 + ") q[0];",
    ],
    ids=range(8),
)
def test_what_cannot_be_judged_passes(program: str) -> None:
    check_syntax(program)


@pytest.mark.parametrize("program", [BELL, BELL_3, QASM2, QASM3, QASM2.replace(";\n", ";;\n"), "// first\n" + BELL])
def test_what_runs_passes(program: str) -> None:
    assert runs(program)
    check_syntax(program)


@pytest.mark.skipif(not FILES, reason=f"THE CIRCUITS ARE NOT HERE: {FOLDER} is absent, so no real file was checked")
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_real_files_pass(file: Path) -> None:
    check_syntax(file.read_text(encoding="utf-8"))


@given(programs(max_qubits=5))
def test_programs_of_the_kit_pass(program: str) -> None:
    check_syntax(program)


@given(st.sampled_from([QASM2, QASM3, BELL, BELL_3]), st.integers(0, 2**32), st.integers(1, 2))
@settings(max_examples=scaled(300))
def test_whatever_the_embedded_qpu_can_read_passes(program: str, seed: int, times: int) -> None:
    rng = random.Random(seed)
    tokens = TOKEN.findall(program)
    for _ in range(times):
        place = rng.randrange(len(tokens))
        match rng.randrange(3):
            case 0:
                del tokens[place]
            case 1:
                tokens.insert(place, rng.choice([*tokens, ";", ",", "//x\n", "0", "{", "}"]))
            case _:
                tokens[place] = rng.choice(tokens)
    mutant = "".join(tokens)
    try:
        check_syntax(mutant)
    except MalformedProgram:
        assert not runs(mutant)


def test_without_the_extra_nothing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openqasm", None)
    check_syntax("OPENQASM 2.0;\noops, without the parser")
