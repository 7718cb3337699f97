"""What happened in an example, told to a person: as a script that can be run again, and as a sequence diagram."""

from collections.abc import Iterable, Sequence

from attrs import define, field

from qcaas_sdk.diagrams.renderers.sequence_mermaid import sequence_mermaid
from qcaas_sdk.diagrams.sequence_picture import Arrow, Message, Note, SequencePicture
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
        items: The messages and notes of the diagram so far.
    """

    subject: str
    imports: Sequence[str] = ()
    prelude: Sequence[str] = ()
    steps: list[str] = field(factory=list)
    items: list[Message | Note] = field(factory=list)
    _requests: int = 0
    _transitions: int = 0

    def step(self, line: str) -> None:
        """A step begins."""
        self.steps.append(line)
        self.items.append(Message(source="you", target=self.subject, text=line))

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
        told = [(record.at, 0, item) for record in requests[self._requests :] for item in self._request(record)]
        told += [(event.monotonic_s, 1, self._transition(event)) for event in transitions[self._transitions :]]
        self._requests, self._transitions = len(requests), len(transitions)
        self.items += [item for _, _, item in sorted(told, key=lambda one: one[:2])]

    def script(self) -> str:
        """The example as Python; it fails as the example did."""
        inside = [f"    {line}" for line in (*self.prelude, *self.steps, "subject.check()")]
        return "\n".join([*self.imports, "", "async def example():", *inside, "", "run_virtual(example())"])

    def mermaid(self) -> str:
        """The example as a Mermaid sequence diagram."""
        shown, left_out = self.items[-MAX_SHOWN:], len(self.items) - MAX_SHOWN
        if left_out > 0:
            shown = [Note(over="you", text=f"{left_out} messages before"), *shown]
        service = ("service",) if self._requests > 0 else ()
        return sequence_mermaid(SequencePicture(participants=("you", self.subject, *service), items=tuple(shown)))

    def __str__(self) -> str:
        return f"As a script:\n\n{self.script()}\n\nAs a diagram (Mermaid):\n\n{self.mermaid()}"

    def _request(self, record: RequestRecord) -> Iterable[Message | Note]:
        if record.kind not in ABOUT_TASKS:
            return
        yield Message(source=self.subject, target="service", text=record.line)
        if record.status is not None or record.fault is not None:
            arrow = Arrow.LOST if record.status is None else Arrow.ANSWER
            told = f"{'no answer' if record.status is None else record.status}{_why(record)}"
            yield Message(source="service", target=self.subject, text=told, arrow=arrow)

    def _transition(self, event: Transition[str]) -> Note:
        return Note(over=self.subject, text=f"{event.source} → {event.target} ({event.reason})")


def _why(record: RequestRecord) -> str:
    if record.fault is None:
        return ""
    acted = "the server has acted" if record.acted else "the server has not acted"
    return f" ({type(record.fault.what).__name__}, {acted})"
