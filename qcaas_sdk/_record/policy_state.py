"""What is known of a job whose chart extends `job`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import define, field


@define(eq=False, repr=False)
class PolicyState:
    """Where a job is in a chart that extends `job`, and what that chart will do with it by itself.

    Attributes:
        chart: The name of the chart.
        version: The version of the chart.
        place: The state in the chart, by name.
        counts: How often each automatic transition has happened since the user began.
        due: When each delayed transition happens, in wall time.
        again: Whether the chart itself has begun this run, or in an end: begins the next one now.
        pending: Whether an automatic or delayed transition is to come here. The machine writes it.
    """

    chart: str
    version: int
    place: str
    counts: dict[str, int] = field(factory=dict)
    due: dict[str, datetime] = field(factory=dict)
    again: bool = False
    pending: bool = False

    def to_dict(self) -> dict[str, Any]:
        """What journal and snapshot keep of its progress."""
        return {
            "place": self.place,
            "counts": dict(self.counts),
            "due": {name: at.isoformat() for name, at in self.due.items()},
            "again": self.again,
        }

    def progress(self, place: str, counts: Mapping[str, int], due: Mapping[str, datetime], *, again: bool) -> None:
        """Take over what a journal or a snapshot has kept."""
        self.place, self.counts, self.due, self.again = place, dict(counts), dict(due), again
        self.pending = bool(due)
