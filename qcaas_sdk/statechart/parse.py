"""From text to a checked `Chart`: YAML, then the schema, then the meaning."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias, cast

from attrs import frozen

from qcaas_sdk.errors import BadStatechart
from qcaas_sdk.statechart.chart import Chart
from qcaas_sdk.statechart.elements import (
    AddedGuard,
    Choice,
    ChoicePoint,
    Invariant,
    JoinRule,
    State,
    Superstate,
    TransitionRule,
)
from qcaas_sdk.statechart.problems import Problem, raise_all
from qcaas_sdk.statechart.validate import check_chart
from qcaas_sdk.statechart.yaml_reader import Path as ValuePath
from qcaas_sdk.statechart.yaml_reader import Places, read_yaml

Entry: TypeAlias = dict[str, Any]
"""A mapping of the document, of the form that the schema has checked."""

KNOWN_FORM = frozenset(
    {
        "77b19badc5b1ea97198f4c98f5cc93ffc3872d9eeb3f01b8b1ce831dc3147aad",  # job.yaml
        "0cfd48ec4f2bfc879ec1e3c6a6bd8545bb5e8419adcd0ec31919ff5b724d3f91",  # composite_job.yaml
    }
)
"""SHA-256 of charts of this package whose form a test checks. To load the schema takes longer than the rest."""

_OUTCOME = ("guard", "target", "action")
_OF_THE_BASE = ("initial", "reset", "children", "join")


def parse(text: str, file: str, schema: Path, named: Callable[[str], Chart]) -> Chart:
    """Read a chart from text.

    Args:
        text: A YAML document.
        file: Its name in messages.
        schema: The JSON Schema of the chart language.
        named: Finds the charts that it extends, or that its children run.

    Raises:
        BadStatechart: Something in it is wrong; the attribute `problems` has everything.
    """
    document, places, problems = read_yaml(text, file)
    whole = True
    if hashlib.sha256(text.encode()).hexdigest() not in KNOWN_FORM:
        from qcaas_sdk.statechart.validate_form import check_form  # noqa: PLC0415  # slow to import, and to compile its schema

        misformed, whole = check_form(document, places, schema)
        problems += misformed
    if whole:
        reader = _Reader(file, places, named, problems)
        chart = reader.chart(cast("Entry", document))
        if chart is not None:
            problems += check_chart(chart)
    raise_all(problems, file, text)
    assert whole
    assert chart is not None  # whatever is missing is a problem
    return chart


@frozen
class _Reader:
    """Makes a chart from the checked values of a document.

    Attributes:
        file: The name of the file.
        places: Where each value is.
        named: Finds other charts.
        problems: Gets the mistakes.
    """

    file: str
    places: Places
    named: Callable[[str], Chart]
    problems: list[Problem]

    def chart(self, document: Entry) -> Chart | None:
        """The chart; None if the chart that it extends is missing."""
        base, child = self._other(document, "extends"), self._other(document, "children")
        if base is None and "extends" in document:
            return None  # most of its names are those of the chart that it extends
        self._misplaced(document)
        superstates, states = self._states(document, base)
        own: dict[str, tuple[Any, ...]] = {
            "states": tuple(states),
            "rules": tuple(self._rules(document, base)),
            "invariants": tuple(
                Invariant(entry["name"], entry["summary"], line=line)
                for entry, _, line in self._entries(document, "invariants")
            ),
            "superstates": tuple(superstates),
            "choices": tuple(self._choice_points(document)),
        }
        if base is not None:
            own = {name: (*getattr(base, name), *entries) for name, entries in own.items()}
        return Chart(
            **own,
            name=document["name"],
            summary=document["summary"],
            initial=base.initial if base else document["initial"],
            reset=base.reset if base else document.get("reset"),
            children=base.children if base else document.get("children"),
            join=base.join if base else tuple(self._join(document)),
            child=base.child if base else child,
            extends=document.get("extends"),
            base=base,
            guards=(*(base.guards if base else ()), *self._guards(document)),
            version=document.get("version", 1),
            file=self.file,
        )

    def _other(self, document: Entry, key: str) -> Chart | None:
        """The chart that a key of this one names."""
        name: str | None = document.get(key)
        if name is None:
            return None
        try:
            return self.named(name)
        except BadStatechart as error:
            line, column = self.places[(key,)]
            self.problems.append(Problem(f"the chart {name!r} cannot be loaded: {error}", line, column=column))
            return None

    def _misplaced(self, document: Entry) -> None:
        """Keys that go only with others."""
        extends = "extends" in document
        for key in _OF_THE_BASE if extends else ("guards",):
            if key in document:
                said = "keeps that of the chart that it extends" if extends else "that extends no other has none"
                self._say(f"a chart {'that extends another ' if extends else ''}{said}: remove {key!r}", (key,))
        if "children" in document:
            for key in ("transitions", "choices"):
                if key in document:
                    self._say(f"the children of a composite move it, by its 'join': remove {key!r}", (key,))
        elif "join" in document and not extends:
            self._say("only a chart with 'children' has a join: name the chart of the children", ("join",))

    def _say(self, message: str, path: ValuePath) -> None:
        line, column = self.places[path]
        self.problems.append(Problem(message, line, column=column))

    def _entries(self, holder: Entry, key: str, path: ValuePath = ()) -> Iterator[tuple[Entry, ValuePath, int]]:
        """The entries of a list, each with its path and line."""
        for index, entry in enumerate(holder.get(key, ())):
            at = (*path, key, index)
            yield entry, at, self.places[at][0]

    def _states(self, document: Entry, base: Chart | None) -> tuple[list[Superstate], list[State]]:
        superstates: list[Superstate] = []
        states: list[State] = []
        extends = "extends" in document
        shown_in = {state.name: state.shows_as for state in base.states} if base else {}

        def read(holder: Entry, path: ValuePath, parent: Superstate | None) -> None:
            for entry, at, line in self._entries(holder, "states", path):
                name, summary = entry["name"], entry["summary"]
                final = entry.get("final", False) or (parent is not None and parent.final)
                inside = parent.name if parent else entry.get("within")
                for key in ("within", "shows_as"):
                    if key in entry and (not extends or (key == "within" and parent is not None)):
                        self._say(f"only a state that an extension adds has {key!r}: remove it", (*at, key))
                if parent is not None and parent.final and entry.get("final") is False:
                    self._say(f"{name!r} is within {parent.name!r}, so it is final: remove 'final'", (*at, "final"))
                if "states" in entry:
                    superstates.append(Superstate(name, summary, inside, final, line=line))
                    read(entry, at, superstates[-1])
                    continue
                shows_as = str(entry.get("shows_as", shown_in.get(str(inside), name)))
                states.append(State(name, summary, final, inside, shows_as, line=line))

        read(document, (), None)
        return superstates, states

    def _choice_points(self, document: Entry) -> Iterator[ChoicePoint]:
        for entry, at, line in self._entries(document, "choices"):
            branches = tuple(self._choices(entry, "branches", at))
            yield ChoicePoint(entry["name"], entry["summary"], branches, line=line)

    def _choices(self, holder: Entry, key: str, path: ValuePath) -> Iterator[Choice]:
        for entry, _, line in self._entries(holder, key, path):
            yield _choice(entry, entry["summary"], line)

    def _rules(self, document: Entry, base: Chart | None) -> Iterator[TransitionRule]:
        unfired = Counter(rule.trigger.partition(" (")[0] for rule in base.rules) if base else Counter[str]()
        for entry, at, line in self._entries(document, "transitions"):
            inline = [key for key in _OUTCOME if key in entry]
            automatic = "always" in entry or "after" in entry
            if "choices" in entry:
                choices = tuple(self._choices(entry, "choices", at))
                if inline:
                    message = f"a transition with 'choices' cannot have its own {inline[0]!r}: put it into a choice"
                    self._say(message, (*at, inline[0]))
            elif inline or ("choice" not in entry and not ("trigger" in entry and automatic)):
                choices = (_choice(entry, entry["summary"], line),)
            else:
                choices = ()
            if "always" in entry and "after" in entry:
                self._say("a transition is automatic or delayed: remove 'always' or 'after'", (*at, "after"))
            if automatic and "trigger" in entry and (choices or "choice" in entry):
                message = "an automatic transition fires a trigger, or has outcomes of its own: remove one of them"
                self._say(message, (*at, "trigger"))
            if automatic and not choices and (extra := [key for key in ("effect", "summaries") if key in entry]):
                self._say(f"the trigger that it fires says what happens: remove {extra[0]!r}", (*at, extra[0]))
            yield TransitionRule(
                trigger=entry["trigger"] if "trigger" in entry else _unfired(entry, unfired),
                sources=_names(entry["source"]),
                choices=choices,
                summary=entry["summary"],
                effect=entry.get("effect"),
                choice=entry.get("choice"),
                summaries=tuple(entry.get("summaries", {}).items()),
                when=_names(entry.get("when", ())),
                always="always" in entry,
                after_s=float(entry["after"]) if "after" in entry else None,
                bound=entry.get("bound"),
                line=line,
            )

    def _join(self, document: Entry) -> Iterator[JoinRule]:
        for entry, _, line in self._entries(document, "join"):
            asked = {word: _names(entry.get(word, ())) for word in ("all", "any", "none")}
            yield JoinRule(entry["state"], entry["summary"], **asked, line=line)

    def _guards(self, document: Entry) -> Iterator[AddedGuard]:
        for entry, _, line in self._entries(document, "guards"):
            sources = _names(entry.get("source", ()))
            yield AddedGuard(entry["guard"], entry["trigger"], entry["summary"], sources, line=line)


def _choice(entry: Entry, summary: str, line: int) -> Choice:
    return Choice(summary, entry.get("guard"), entry.get("target"), _names(entry.get("action", ())), line=line)


def _names(value: str | Sequence[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _unfired(entry: Entry, used: Counter[str]) -> str:
    """The name of the event of an automatic transition; no trigger can have it, because it has a space."""
    name = f"after {entry['after']:g} s" if "after" in entry else "at once"
    used[name] += 1
    return f"{name} ({used[name]})" if used[name] > 1 else name
