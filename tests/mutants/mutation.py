"""How a mutant is made: a piece of the text of a chart, or of a function, is replaced while the test lasts."""

import importlib
import inspect
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml
from attrs import frozen

from qcaas_sdk._factory import charts, jobs
from qcaas_sdk.statechart import Chart, parse_chart, shipped_chart, shipped_file
from qcaas_sdk.statechart.engine import engine_of
from tests.mutants.table import Edit, edited


@frozen
class Mutant:
    """One bug, planted.

    Attributes:
        bug: What is wrong, in a few words.
        where: A shipped chart's file, or `module:function` or `module:Class.function`.
        old: The text that is replaced; it must be there.
        new: What stands there instead.
        drives: The chart by which it is hunted, or the charts that the kit draws (`CHARTS` of `hunt.py`).
        edit: Instead of `old` and `new`, what is different in the flat table of the chart.
    """

    bug: str
    where: str
    old: str = ""
    new: str = ""
    drives: str = "job"
    edit: Edit | None = None

    @property
    def place(self) -> str:
        """The chart, or the function, without its module."""
        return self.where.rpartition(":")[2]

    @contextmanager
    def planted(self) -> Iterator[None]:
        """While this lasts, the bug is there."""
        with self._in_code() if ":" in self.where else self._in_chart():
            engine_of.cache_clear()  # a bug in the making of engines is in those made from now on
            try:
                yield
            finally:
                engine_of.cache_clear()

    @contextmanager
    def _in_code(self) -> Iterator[None]:
        module_name, _, path = self.where.partition(":")
        module = importlib.import_module(module_name)
        owner: object = module
        *holders, name = path.split(".")
        for holder in holders:
            owner = getattr(owner, holder)
        original = inspect.getattr_static(owner, name)
        function = original.fget if isinstance(original, property) else original
        source = textwrap.dedent(inspect.getsource(function))
        namespace: dict[str, object] = {}
        exec(compile(self._replaced(source), f"<mutant: {self.bug}>", "exec"), vars(module), namespace)
        changed = namespace[name]
        if owner is module and inspect.isfunction(function) and inspect.isfunction(changed):
            kept = function.__code__  # other modules may hold the function itself
            function.__code__ = changed.__code__
            try:
                yield
            finally:
                function.__code__ = kept
            return
        setattr(owner, name, changed)
        try:
            yield
        finally:
            setattr(owner, name, original)

    @contextmanager
    def _in_chart(self) -> Iterator[None]:
        chart = self.chart()

        def other_chart(name: str) -> Chart:
            return chart if f"{name}.yaml" == self.where else shipped_chart(name)

        charts.shipped_chart = jobs.shipped_chart = other_chart
        try:
            yield
        finally:
            charts.shipped_chart = jobs.shipped_chart = shipped_chart

    def chart(self) -> Chart:
        """The chart with the bug in it."""
        if self.edit is not None:
            return edited(shipped_chart(self.where.removesuffix(".yaml")), self.edit)
        return parse_chart(self._replaced(shipped_file(self.where).read_text("utf-8")), file="<mutant>")

    def _replaced(self, text: str) -> str:
        assert self.old in text, f"{self.bug}: {self.old!r} is no longer in {self.where}"
        return text.replace(self.old, self.new, 1)


def mutants() -> list[Mutant]:
    """All that stand in `mutants.yaml`."""
    entries = yaml.safe_load((Path(__file__).parent / "mutants.yaml").read_text("utf-8"))
    return [
        Mutant(
            entry["bug"],
            entry["in"],
            entry.get("old", ""),
            entry.get("new", ""),
            entry.get("hunted in", "job"),
            entry.get("edit"),
        )
        for entry in entries
    ]
