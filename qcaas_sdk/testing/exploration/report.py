"""What an exploration has found: counts, outcomes, and a failure that can be replayed."""

from collections import Counter

from attrs import define, field

from qcaas_sdk.testing.exploration.bounds import Bounds, Schedule, text_of
from qcaas_sdk.testing.exploration.run import Run
from qcaas_sdk.testing.exploration.step import EVENT_LOOP, WOKEN_BY

MAX_SHOWN = 60
"""Lines of a diagram; the last ones are the ones that matter."""

CANCELLED = " is cancelled"

_NOT_PLAIN = str.maketrans({";": ",", "#": None, "%": None})


@define(eq=False)
class Exploration:
    """The result of an exploration.

    Attributes:
        bounds: Its bounds.
        schedules: How many schedules were run.
        pruned: Runs that were stopped early, because they repeat others.
        rehearsed: Runs that do not count, because they only showed what the steps touch. The bound counts them.
        complete: Whether these are all schedules within the bounds.
        depth: Decisions of the longest schedule.
        outcomes: What the scenario returned, or the errors that it raised, with the number of schedules.
        failure: The first failure, shrunk; None if there was none.
        coverage: The states of the world that were seen, with the number of steps after which they were.
        guarantee: The probability with which a random search finds a bug, as text.
    """

    bounds: Bounds
    schedules: int = 0
    pruned: int = 0
    rehearsed: int = 0
    complete: bool = False
    depth: int = 0
    outcomes: Counter[object] = field(factory=Counter)
    failure: "ScheduleFailed | None" = None
    coverage: Counter[object] = field(factory=Counter)
    guarantee: str = ""

    def __str__(self) -> str:
        if self.complete:
            told = f"explored {self.schedules:,} of {self.schedules:,}; depth {self.depth}"
        else:
            told = f"stopped at {self.schedules:,}; depth {self.depth}"
        if self.pruned:
            told += f"; {self.pruned:,} more were stopped early, because they repeat others"
        if self.rehearsed:
            told += f"; {self.rehearsed:,} before these only showed what the steps touch"
        return f"{told}; {self.guarantee}" if self.guarantee else told

    def add(self, run: Run) -> None:
        """Count a run."""
        self.depth = max(self.depth, len(run.trail.chosen))
        self.schedules += 1
        self.outcomes[_hashable(run.outcome) if run.error is None else run.signature] += 1

    def table(self) -> str:
        """The states of the world that were seen, as a Markdown table."""
        rows = [
            f"| {state} | {count} |" for state, count in sorted(self.coverage.items(), key=lambda one: str(one[0]))
        ]
        return "\n".join(["| state | seen after steps |", "|---|---:|", *rows])


class ScheduleFailed(AssertionError):
    """A scenario fails under some schedule.

    Attributes:
        schedule: The schedule, for `explore.replay`.
        error: What the scenario raised; also the cause of this error.
        log: What ran, in its order.
        decisions: The decisions of the schedule that are not asyncio's own, as text.
        found_after: How many schedules were run until one failed.
    """

    def __init__(self, schedule: Schedule, run: Run, scenario: str, bounds: Bounds, found_after: int) -> None:
        assert run.error is not None
        self.schedule = text_of(schedule)
        self.error = run.error
        self.log = run.log
        self.decisions = run.trail.labels
        self.found_after = found_after
        self._scenario = scenario
        self._bounds = bounds
        told = "".join(f"\n    decision {number}: {text}" for number, text in self.decisions.items())
        super().__init__(
            f"{type(self.error).__name__}: {self.error}\n"
            f"  under the schedule {self.schedule!r} (number {found_after:,})"
            f"{told or ' - as asyncio runs it'}\n\nAs a script:\n\n{self.script()}\n\n"
            f"As a diagram (Mermaid):\n\n{self.mermaid()}"
        )

    def script(self) -> str:
        """Python code that replays it."""
        name = self._scenario.rpartition(".")[2]
        return "\n".join(
            [
                "from qcaas_sdk.testing import Bounds, explore",
                "",
                *(f"# {text}" for text in self.decisions.values()),
                f"explore.replay({self.schedule!r}, {name}, {self._bounds!r})  # and the world, if it has one",
            ]
        )

    def mermaid(self) -> str:
        """The run as a Mermaid sequence diagram: which task ran when, and where in its code it was."""
        lines, names = [], dict[str, str]()
        for entry in self.log[-MAX_SHOWN:]:
            if entry.startswith("> "):
                lines.append(_plain(entry[2:]))
                continue
            told, _, maker = entry.partition(WOKEN_BY)
            who, at, where = told.rpartition(" at ")
            if not at or told.startswith(("chosen: ", "the process dies ")):
                who, where = EVENT_LOOP, told
            elif who.endswith(CANCELLED):
                who, where = who.removesuffix(CANCELLED), f"cancelled at {where}"
            name = names.setdefault(who, _name(who, len(names)))
            begin = f"{names.setdefault(maker, _name(maker, len(names)))}->>" if maker else "Note over "
            lines.append(f"{begin}{name}: {_plain(where)}")
        left_out = len(self.log) - MAX_SHOWN
        head = ["sequenceDiagram", *(f"participant {name} as {_plain(who) or name}" for who, name in names.items())]
        everyone = list(names.values()) or [_name(EVENT_LOOP, 0)]
        over = ",".join(dict.fromkeys([everyone[0], everyone[-1]]))
        if left_out > 0:
            head.append(f"Note over {over}: {left_out} lines before")
        end = f"Note over {over}: {_plain(type(self.error).__name__)}"
        return "\n    ".join([*head, *lines, end])


def _name(who: str, place: int) -> str:
    """A name that Mermaid takes for a participant."""
    words = who.replace(" ", "_")
    if not (words.isascii() and words.replace("_", "").isalnum()) or words == "par_over":
        return f"p{place}_"
    return f"{words}_" if words.isalpha() and words != "main" else words  # it may be a keyword of Mermaid


def _plain(text: str) -> str:
    """On one line, without the characters that end a message or begin a comment in Mermaid."""
    return " ".join(text.translate(_NOT_PLAIN).split())


def _hashable(value: object) -> object:
    try:
        hash(value)
    except TypeError:
        return repr(value)
    return value
