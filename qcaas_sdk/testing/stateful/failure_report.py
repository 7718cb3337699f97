"""What happened in an example, told to a person: as a script that can be run again, and as a sequence diagram."""

from collections.abc import Iterable, Sequence

from attrs import define, field

from qcaas_sdk.statechart import Transition
from qcaas_sdk.testing.cloud.calls import ABOUT_TASKS
from qcaas_sdk.testing.cloud.ledger import LedgerView, RequestRecord

MAX_SHOWN = 60
"""Messages in a diagram; the last ones are the ones that matter."""


@define(eq=False)
class FailureReport:
    """The steps of an example and what they led to.

    Attributes:
        subject: What the driven thing is called.
        imports: The imports of the script.
        prelude: The lines of Python that make the subject.
        steps: The steps, each as a line of Python.
        lines: The messages of the diagram so far.
    """

    subject: str
    imports: Sequence[str] = ()
    prelude: Sequence[str] = ()
    steps: list[str] = field(factory=list)
    lines: list[str] = field(factory=list)
    _requests: int = 0
    _transitions: int = 0

    def step(self, line: str) -> None:
        """A step begins."""
        self.steps.append(line)
        self.lines.append(f"you->>{self.subject}: {_plain(line)}")

    def raised(self, error: Exception) -> None:
        """The step that has just been taken raised something that was to be expected."""
        kind = type(error)
        self.steps[-1] = f"with suppress({kind.__name__}): {self.steps[-1]}"
        for line in ("from contextlib import suppress", f"from {kind.__module__} import {kind.__name__}"):
            if line not in self.imports:
                self.imports = [*self.imports, line]

    def happened(self, ledger: LedgerView | None, transitions: Sequence[Transition[str]]) -> None:
        """A step is over: take note of the requests and transitions that it brought."""
        requests = [] if ledger is None else ledger.requests()
        told = [(record.at, 0, line) for record in requests[self._requests :] for line in self._request(record)]
        told += [(event.monotonic_s, 1, self._transition_line(event)) for event in transitions[self._transitions :]]
        self._requests, self._transitions = len(requests), len(transitions)
        self.lines += [line for _, _, line in sorted(told, key=lambda one: one[:2])]

    def script(self) -> str:
        """The example as Python; it fails as the example did."""
        inside = [f"    {line}" for line in (*self.prelude, *self.steps, "subject.check()")]
        return "\n".join([*self.imports, "", "async def example():", *inside, "", "run_virtual(example())"])

    def mermaid(self) -> str:
        """The example as a Mermaid sequence diagram."""
        left_out = len(self.lines) - MAX_SHOWN
        shown = self.lines[-MAX_SHOWN:]
        head = ["sequenceDiagram", "participant you", f"participant {self.subject}"]
        if self._requests > 0:
            head.append("participant service")
        if left_out > 0:
            head.append(f"Note over you: {left_out} messages before")
        return "\n    ".join([*head, *shown])

    def __str__(self) -> str:
        return f"As a script:\n\n{self.script()}\n\nAs a diagram (Mermaid):\n\n{self.mermaid()}"

    def _request(self, record: RequestRecord) -> Iterable[str]:
        if record.kind not in ABOUT_TASKS:
            return
        yield f"{self.subject}->>service: {_plain(record.line)}"
        if record.status is not None:
            yield f"service-->>{self.subject}: {record.status}{_why(record)}"
        elif record.fault is not None:
            yield f"service--x{self.subject}: no answer{_why(record)}"

    def _transition_line(self, event: Transition[str]) -> str:
        return f"Note over {self.subject}: {event.source} → {event.target} ({_plain(event.reason)})"


def _why(record: RequestRecord) -> str:
    if record.fault is None:
        return ""
    acted = "the server has acted" if record.acted else "the server has not acted"
    return _plain(f" ({type(record.fault.what).__name__}, {acted})")


def _plain(text: str) -> str:
    """Without the characters that end a message in Mermaid."""
    return text.replace(";", ",").replace("#", "").replace("\n", " ")
