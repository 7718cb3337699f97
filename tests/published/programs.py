"""What the published packages are given to run; they run in environments that know nothing of this project."""

BELL = """OPENQASM 2.0;
include "qelib1.inc";
qreg q[2];
creg c[2];
h q[0];
cx q[0], q[1];
measure q -> c;
"""

BAD = 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[2];\nnonsense q[0];\n'

# Minutes of work, more than the QPU's time limit: every shot starts anew, with 24 qubits.
SLOW = (
    """OPENQASM 2.0;
include "qelib1.inc";
qreg q[24];
creg c[24];
h q;
t q;
"""
    + 6
    * """h q;
measure q[0] -> c[0];
if (c == 1) h q[1];
"""
    + """measure q -> c;
"""
)
