"""What becomes of a program that a simulated QPU runs."""

from collections.abc import Mapping
from typing import TypeAlias
from zlib import crc32

from attrs import field, frozen

SHOTS = 1000

FAILS = "simulated: fails"
EXPIRES = "simulated: expires"
NEVER_ENDS = "simulated: never ends"
OTHER_WORDS = "simulated: other words"
REFUSED = "simulated: refused"


@frozen
class Completed:
    """It ends in COMPLETED.

    Attributes:
        results: Register → bitstring → count, or whatever else the server is to send.
        takes_s: Seconds on the QPU; None for the QPU's own service time. The same holds for all outcomes.
        words: What the server calls its statuses, where it has words of its own: `{"RUNNING": "IN_PROGRESS"}`.
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
    """It starts, and the server says RUNNING for ever, until it is cancelled.

    Attributes:
        holds_the_queue: Whether the QPU is busy with it all that time. If not, the run itself ends after its service
            time, only its end is never noted; the tasks behind it run.
        takes_s: As for `Completed`.
    """

    holds_the_queue: bool = False
    takes_s: float | None = None


@frozen
class Expires:
    """When its turn comes, it is EXPIRED: it never runs and is not billed."""


@frozen
class Says:
    """It runs, and at its end the server says a word of the test's choosing, for ever.

    Attributes:
        word: Another spelling (`DONE`), or a word that nobody knows.
        results: The results that the server then has.
        takes_s: As for `Completed`.
    """

    word: str
    results: Mapping[str, object] | None = None
    takes_s: float | None = None


@frozen
class Refused:
    """The server does not take the program: its submission is answered 400."""

    message: str = "the simulated server does not take this program"


Outcome: TypeAlias = Completed | Failed | NeverEnds | Expires | Says | Refused


def outcome_by_text(program: str) -> Outcome:
    """The default rule: what a comment in the program asks for, and otherwise counts that follow from its text.

    `// simulated: fails`, `… refused`, `… expires` and `… never ends` are understood, and `… other words` for a task
    whose statuses are spelt as the contract does not spell them, one of them unheard of.
    """
    if FAILS in program:
        return Failed()
    if REFUSED in program:
        return Refused()
    if EXPIRES in program:
        return Expires()
    if NEVER_ENDS in program:
        return NeverEnds()
    zeros = crc32(program.encode("utf-8", "surrogatepass")) % (SHOTS + 1)
    words = {"SUBMITTED": "QUEUED", "RUNNING": "PONDERING", "COMPLETED": "DONE"} if OTHER_WORDS in program else {}
    return Completed({"c": {"00": zeros, "11": SHOTS - zeros}}, words=words)
