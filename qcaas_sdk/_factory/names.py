"""The names of jobs and composites: unique in a journal, or in an SDK without one."""

from collections.abc import Callable, Iterator, Mapping
from weakref import WeakValueDictionary

from qcaas_sdk._record import ChildRecord, CompositeRecord
from qcaas_sdk.composite import Child, CompositeJob, record_of
from qcaas_sdk.errors import NameTaken, UnknownJob


class Names:
    """What is called how."""

    def __init__(self, in_journal: Callable[[], Mapping[str, int]], recover: Callable[[int], Child]) -> None:
        """Nothing has a name yet.

        Args:
            in_journal: The numbers of what has a name in the journal, by name.
            recover: The job or composite with a number in the journal.
        """
        self._in_journal = in_journal
        self._recover = recover
        self._in_use: WeakValueDictionary[str, Child] = WeakValueDictionary()

    def check(self, *names: str | None) -> None:
        """Refuse names that are taken, or that occur twice.

        Raises:
            NameTaken: One is.
        """
        given = [name for name in names if name is not None]
        for place, name in enumerate(given):
            if name in self._in_use or name in self._in_journal() or name in given[:place]:
                raise NameTaken(
                    f"the name {name!r} is taken in this journal or SDK; `sdk.job({name!r})` gives what has it. "
                    "Choose another name",
                    name=name,
                )

    def register(self, child: Child) -> None:
        """Note the name of a job or composite, and of those in it."""
        name = record_of(child).name
        if name is not None:
            self._in_use[name] = child
        for inner in child.jobs if isinstance(child, CompositeJob) else ():
            self.register(inner)

    def find(self, name: str) -> Child:
        """The job or composite that has a name.

        Raises:
            UnknownJob: None has it.
        """
        if (child := self._in_use.get(name)) is not None:
            return child
        known = self._in_journal()
        if name in known:
            return self._recover(known[name])
        from difflib import get_close_matches  # noqa: PLC0415  # only for this message

        close = get_close_matches(name, [*known, *self._in_use], n=3)
        hint = f"; similar: {', '.join(map(repr, close))}" if close else ""
        raise UnknownJob(f"no job or composite has the name {name!r} in this journal or SDK{hint}", name=name)


def names_in(record: ChildRecord) -> Iterator[str | None]:
    """The names of a job or composite, and of those in it."""
    yield record.name
    for child in record.children if isinstance(record, CompositeRecord) else ():
        yield from names_in(child)
