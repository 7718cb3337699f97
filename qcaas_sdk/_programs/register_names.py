"""Names that a register cannot have in OpenQASM, and the way from the names in a text back to the user's.

Where a circuit's register has a name that its text cannot have (`Out`, `pi`, `h`), or shares bits with another one,
the text has another register. A last line, a comment, says which. Results are read by that line, so that they come
under the user's names, wherever the text has been meanwhile.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_GATES = """
U CX u u0 u1 u2 u3 p id x y z h s sdg t tdg sx sxdg rx ry rz cx cy cz ch cs csdg csx cp cu cu1 cu3 crx cry crz swap
cswap ccx ccz c3x c3sqrtx c3sx c4x rccx rc3x rxx ryy rzz rzx iswap dcx ecr r phase cphase gphase delay
"""

_WORDS = """
OPENQASM include defcalgrammar def cal defcal gate extern box let break continue if else end return for while in
switch case default nop pragma input output const readonly mutable qreg qubit creg bool bit int uint float angle
complex array void duration stretch inv pow ctrl negctrl dim durationof sizeof reset measure barrier true false
opaque im dt ns us ms pi tau euler sin cos tan exp ln sqrt arccos arcsin arctan ceiling floor log mod popcount rotl
rotr real imag acos asin atan
"""

TAKEN = frozenset(_GATES.split()) | frozenset(_WORDS.split())
"""The gates of the header files, Qiskit's too, and the words of OpenQASM 2 and 3."""

_FREE = re.compile(r"[a-z][A-Za-z0-9_]*", re.ASCII)
_MARK = "// registers of the circuit: "
_MARKED = re.compile(rf"^{_MARK}(\{{.*\}})\s*\Z", re.MULTILINE)

Place = tuple[str, Sequence[int] | None]
"""The register of the text that holds a register of the circuit, and which bits of it; None for all, in order."""


def is_free(name: str) -> bool:
    """Whether a register can have that name in OpenQASM 2 and in OpenQASM 3."""
    return name not in TAKEN and _FREE.fullmatch(name) is not None


def free_names(wanted: Iterable[str]) -> dict[str, str]:
    """For each name one that a register can have; the name itself where it can."""
    wanted = list(dict.fromkeys(wanted))
    given = {name: name for name in wanted if is_free(name)}
    used = set(given)
    for name in wanted:
        if name not in given:
            stem = re.sub(r"\W", "_", f"r_{name}", flags=re.ASCII)
            given[name] = next(
                new for new in (stem, *(f"{stem}_{n}" for n in range(len(wanted) + 1))) if new not in used
            )
            used.add(given[name])
    return given


def with_names(text: str, places: Mapping[str, Place]) -> str:
    """A text that says where the circuit's registers are, as far as they are elsewhere than under their names."""
    moved = {name: [register, bits] for name, (register, bits) in places.items() if (register, bits) != (name, None)}
    if not moved:
        return text
    everything = {name: [register, bits] for name, (register, bits) in places.items()}
    return f"{text.rstrip()}\n{_MARK}{json.dumps(everything)}\n"


def under_own_names(program: str, results: Any) -> Any:
    """What a service sent for a text, by the circuit's registers; unchanged where the text does not tell of any."""
    marked = _MARKED.search(program) if _MARK in program else None
    if marked is None or not isinstance(results, Mapping):
        return results
    try:
        places: dict[str, Place] = {
            name: (register, bits) for name, (register, bits) in json.loads(marked[1]).items()
        }
        named = {
            name: results[register] if bits is None else _bits_of(results[register], bits)
            for name, (register, bits) in places.items()
            if register in results
        }
    except (ValueError, TypeError, AttributeError, LookupError):
        return results  # it is not ours, or the answer is of another shape
    written = {register for register, _ in places.values()}
    return {**{name: value for name, value in results.items() if name not in written}, **named}


def _bits_of(read: Any, bits: Sequence[int]) -> Any:
    """Some bits of a register, for counts, for one bitstring, and for a list with something for each bit."""
    if isinstance(read, Mapping):
        counts: Counter[str] = Counter()
        for bitstring, count in read.items():
            counts["".join(bitstring[bit] for bit in bits)] += count
        return dict(counts)
    if isinstance(read, str):
        return "".join(read[bit] for bit in bits)
    return [read[bit] for bit in bits]
