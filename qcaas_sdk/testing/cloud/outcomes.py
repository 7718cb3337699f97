"""What becomes of a program that a simulated QPU runs."""

from collections.abc import Mapping
from hashlib import shake_128
from typing import TypeAlias

from attrs import field, frozen

from qcaas_sdk.testing.cloud.registers import registers

SHOTS = 1000
"""Shots of a simulated result."""

FAILS = "simulated: fails"
EXPIRES = "simulated: expires"
NEVER_ENDS = "simulated: never ends"
OTHER_WORDS = "simulated: other words"
REFUSED = "simulated: refused"


@frozen
class Completed:
    """It ends in COMPLETED.

    Attributes:
        results: Register → bitstring → count, or another value that the server sends.
        takes_s: Seconds on the QPU; None for the QPU's own service time. The same holds for all outcomes.
        words: Other spellings of statuses, for example `{"RUNNING": "IN_PROGRESS"}`.
    """

    results: Mapping[str, object]
    takes_s: float | None = None
    words: Mapping[str, str] = field(factory=dict)


@frozen
class Failed:
    """It runs, and ends in FAILED."""

    code: int = 500
    message: str = "the simulated run failed"
    takes_s: float | None = None


@frozen
class NeverEnds:
    """It starts, and the server says RUNNING until it is cancelled.

    Attributes:
        holds_the_queue: Whether the QPU is busy with it all that time. If not, the run ends after its service time
            and the tasks behind it run, but its status stays RUNNING.
        takes_s: As for `Completed`.
    """

    holds_the_queue: bool = False
    takes_s: float | None = None


@frozen
class Expires:
    """When its turn comes, it is EXPIRED: it never runs and is not billed."""


@frozen
class Says:
    """It runs, and at its end the server reports a status that you choose.

    Attributes:
        word: The status: another spelling (`DONE`), or an unknown word.
        results: The results that the server then has.
        takes_s: As for `Completed`.
    """

    word: str
    results: Mapping[str, object] | None = None
    takes_s: float | None = None


@frozen
class Refused:
    """The server refuses the program: it answers the submission with 400."""

    message: str = "the simulated server does not take this program"


Outcome: TypeAlias = Completed | Failed | NeverEnds | Expires | Says | Refused


def outcome_by_text(program: str, seed: int = 0) -> Outcome:
    """The default rule: the outcome that a comment in the program names, otherwise counts.

    The comments are `// simulated: fails`, `… refused`, `… expires`, `… never ends`, and `… other words` for a task
    whose statuses have other spellings than in the contract, and one that is unknown.

    The counts have the program's own registers and widths. The bits are random; the same text and seed give the same.
    A text that declares no register gets two bits in a register `c`.

    Args:
        program: The text.
        seed: The seed of the counts.
    """
    if FAILS in program:
        return Failed()
    if REFUSED in program:
        return Refused()
    if EXPIRES in program:
        return Expires()
    if NEVER_ENDS in program:
        return NeverEnds()
    words = {"SUBMITTED": "QUEUED", "RUNNING": "PONDERING", "COMPLETED": "DONE"} if OTHER_WORDS in program else {}
    shape = registers(program) or {"c": 2}
    return Completed({name: _counts(name, width, program, seed) for name, width in shape.items()}, words=words)


def _counts(name: str, width: int, program: str, seed: int) -> dict[str, int]:
    """Some shots of a random bitstring, and the others of its opposite."""
    text = f"{seed}\n{name}\n{program}".encode("utf-8", "surrogatepass")
    number = int.from_bytes(shake_128(text).digest(4 + width // 8 + 1), "little")
    shots, bits = number % 2**32 % (SHOTS + 1), (number >> 32) % 2**width
    counts = {f"{bits:0{width}b}": shots, f"{bits ^ (2**width - 1):0{width}b}": SHOTS - shots}
    return {bitstring: count for bitstring, count in sorted(counts.items()) if count}
