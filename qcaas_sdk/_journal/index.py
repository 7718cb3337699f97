"""What a journal holds, in numbers only: kept up to date with every note, so that nothing is read again for it."""

from attrs import define, field

from qcaas_sdk._journal import entries as kinds
from qcaas_sdk._journal.file import Body, Entry
from qcaas_sdk._journal.replay import JournalState
from qcaas_sdk._record import Limits, states_in
from qcaas_sdk._snapshot.write import OURS


@define
class JournalIndex:
    """The jobs and composites of a journal, and which jobs have not ended.

    Attributes:
        jobs: The numbers of all jobs.
        unended: The numbers of those that have not ended.
        run_ended: The numbers of those whose run is over.
        composites: Every composite by its number: the numbers of its children, in order.
        limits: The limits of those composites that have some.
        names: The numbers of jobs and composites that have a name, by name.
        composite_names: The names of composites, by number.
        reserving: The QPUs for which ids were reserved by the processes before this one.
    """

    jobs: set[int] = field(factory=set)
    unended: set[int] = field(factory=set)
    run_ended: set[int] = field(factory=set)
    composites: dict[int, list[int]] = field(factory=dict)
    limits: dict[int, Limits] = field(factory=dict)
    names: dict[str, int] = field(factory=dict)
    composite_names: dict[int, str] = field(factory=dict)
    reserving: frozenset[str] = frozenset()

    @classmethod
    def of(cls, state: JournalState) -> "JournalIndex":
        """That of a journal that was just opened."""
        return cls(
            {*state.jobs},
            {number for number, job in state.jobs.items() if not job.ended},
            {number for number, job in state.jobs.items() if job.run_ended},
            {number: [*children] for number, children in state.composites.items()},
            {**state.limits},
            {
                **{job.name: number for number, job in state.jobs.items() if job.name is not None},
                **{name: number for number, name in state.composite_names.items()},
            },
            {**state.composite_names},
            state.reserving,
        )

    def note(self, entry: Entry) -> None:
        """Take in a note that was made."""
        number, body = entry.entity_id, entry.body
        match entry.kind:
            case kinds.JOB:
                self.jobs.add(number)
                self.unended.add(number)
                self._named(number, body)
            case kinds.LOADED:
                self.jobs.add(number)
                self._moved(number, body["snapshot"]["state"])
                self._named(number, body["snapshot"][OURS])
                self._placed(number, pending=bool(body["snapshot"][OURS].get("chart", {}).get("due")))
            case kinds.MOVED:
                self._moved(number, body["target"])
            case kinds.PLACE:
                self._placed(number, pending=bool(body["due"]))
            case kinds.COMPOSITE:
                self.composites[number] = []
                if limits := Limits.from_dict(body):
                    self.limits[number] = limits
                self._named(number, body)
                if "name" in body:
                    self.composite_names[number] = body["name"]
            case kinds.ADDED:
                self.composites[number] += body["children"]

    def top_level(self, *, ended: bool) -> list[int]:
        """The numbers of what is not a child of a composite, in the order of creation.

        Args:
            ended: What has ended too.
        """
        children = {child for listed in self.composites.values() for child in listed}
        found = (self.jobs | self.composites.keys()) - children
        return sorted(found if ended else (number for number in found if not self.ended(number)))

    def ended(self, number: int) -> bool:
        """Whether a job, or every job of a composite, has ended; an empty composite has not begun."""
        if number in self.jobs:
            return number not in self.unended
        children = self.composites[number]
        return bool(children) and all(map(self.ended, children))

    def jobs_in(self, number: int) -> set[int]:
        """The number of a job, or those of all jobs of a composite."""
        if number in self.jobs:
            return {number}
        return set[int]().union(*map(self.jobs_in, self.composites[number]))

    def _named(self, number: int, body: Body) -> None:
        if body.get("name") is not None:
            self.names[body["name"]] = number

    def _moved(self, number: int, state: str) -> None:
        if state in states_in("ended"):
            self.unended.discard(number)
            self.run_ended.add(number)
        else:
            self.unended.add(number)
            self.run_ended.discard(number)

    def _placed(self, number: int, *, pending: bool) -> None:
        """A job whose run is over has ended, unless its chart will go on by itself."""
        if number in self.run_ended:
            (self.unended.add if pending else self.unended.discard)(number)
