"""How jobs and composites show themselves: as diagrams, as timelines, in notebooks."""

from collections import Counter
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qcaas_sdk.diagrams import Diagram, Timeline
    from qcaas_sdk.diagrams.diagram import MimeBundle
    from qcaas_sdk.diagrams.life import Life
    from qcaas_sdk.job import Job, JobEvent
    from qcaas_sdk.statechart import Chart, Machine


class _Single(Protocol):
    """What the pictures of a job need of it."""

    _machine: "Machine[Any, Any]"
    _state: str
    _record: "list[JobEvent]"
    _foreign_moves: int
    _began_s: float | None

    @property
    def tag(self) -> str | None: ...
    @property
    def task_id(self) -> str | None: ...
    def life(self, name: str | None = None) -> "Life": ...
    def diagram(self) -> "Diagram": ...


class _Many(Protocol):
    """What the pictures of a composite need of it."""

    _machine: "Machine[Any, Any]"
    _state: str

    def leaves(self) -> "Iterator[Job]": ...
    def lives(self) -> "Sequence[Life]": ...
    def diagram(self) -> "Diagram": ...
    def _jobs_chart(self) -> "Chart": ...
    def _title(self, jobs: int) -> str: ...


class JobPictures:
    """The pictures of a job."""

    __slots__ = ()

    def life(self: _Single, name: str | None = None) -> "Life":
        """In which states it was, when, and which way it went: what its pictures are drawn from.

        Args:
            name: What to call it; left out, its tag or its task.
        """
        from qcaas_sdk.diagrams.life import life_of  # noqa: PLC0415  # pictures only when they are wanted

        return life_of(
            name or self.tag or self.task_id or "job",
            self._machine.chart,
            self._machine.clock,
            self._record,
            state=self._state,
            began_s=self._began_s,
            foreign=self._foreign_moves,
        )

    def diagram(self: _Single) -> "Diagram":
        """Its chart, with where it is, which way it came, how long each state lasted and how often it was there."""
        from qcaas_sdk.diagrams import Diagram  # noqa: PLC0415  # as above
        from qcaas_sdk.diagrams.live import picture_of_one  # noqa: PLC0415  # as above

        return Diagram(self._machine.chart, picture_of_one(self.life()))

    def timeline(self: _Single) -> "Timeline":
        """Its states over time, a row each."""
        from qcaas_sdk.diagrams import Timeline  # noqa: PLC0415  # as above

        life = self.life()
        return Timeline(f"{life.name}: {life.here.state}", life.chart, [life])

    def _repr_mimebundle_(self: _Single, include: object = None, exclude: object = None) -> "MimeBundle":
        return {**self.diagram()._repr_mimebundle_(), "text/plain": repr(self)}


class CompositePictures:
    """The pictures of a composite."""

    __slots__ = ()

    def _jobs_chart(self: _Many) -> "Chart":
        """The chart of the jobs; while there are none, its own, which has the same states."""
        return next((job._machine.chart for job in self.leaves()), self._machine.chart)

    def lives(self: _Many) -> "Sequence[Life]":
        """The lives of its jobs, in order."""
        return [job.life(job.tag or f"job {place}") for place, job in enumerate(self.leaves(), 1)]

    def diagram(self: _Many) -> "Diagram":
        """The chart of its jobs, with how many are in each state, and how often each way was gone."""
        from qcaas_sdk.diagrams import Diagram  # noqa: PLC0415  # as above
        from qcaas_sdk.diagrams.live import picture_of_many  # noqa: PLC0415  # as above

        jobs = list(self.leaves())
        counts = Counter(job._state for job in jobs)
        ways = Counter((move.source, move.target) for job in jobs for move in job._record)
        chart = self._jobs_chart()
        named = {(source.lower(), target.lower()): times for (source, target), times in ways.items()}
        return Diagram(chart, picture_of_many(self._title(counts.total()), chart, counts, named))

    def timeline(self: _Many) -> "Timeline":
        """The states of its jobs over time: a row each, or for many how many are in which state."""
        from qcaas_sdk.diagrams import Timeline  # noqa: PLC0415  # as above

        lives = self.lives()
        return Timeline(self._title(len(lives)), self._jobs_chart(), lives)

    def _title(self: _Many, jobs: int) -> str:
        return f"{jobs:,} {'job' if jobs == 1 else 'jobs'}: {self._state}"

    def _repr_mimebundle_(self: _Many, include: object = None, exclude: object = None) -> "MimeBundle":
        return {**self.diagram()._repr_mimebundle_(), "text/plain": repr(self)}
