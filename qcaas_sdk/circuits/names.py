"""Names that a register of an OpenQASM 2 program cannot have: `qelib1.inc` has given them to gates.

The exporters write such a register all the same; a parser then refuses the program, or takes one for the other.
"""

_GATES = """
U CX u u0 u1 u2 u3 p id x y z h s sdg t tdg sx sxdg rx ry rz cx cy cz ch cs csdg csx cp cu cu1 cu3 crx cry crz swap
cswap ccx ccz c3x c3sqrtx c3sx c4x rccx rc3x rxx ryy rzz rzx iswap dcx ecr r
"""

TAKEN = frozenset(_GATES.split())
"""The gates of `qelib1.inc` in the paper (arXiv:1707.03429), and those that Qiskit's has beside them."""
