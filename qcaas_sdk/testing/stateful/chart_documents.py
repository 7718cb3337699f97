"""Charts without a mistake, as the data of their files."""

from collections.abc import Sequence
from typing import Any, TypeAlias

from hypothesis import strategies as st

from qcaas_sdk.statechart import Chart, JoinRule, shipped_chart
from qcaas_sdk.statechart.join import JoinCondition

Document: TypeAlias = dict[str, Any]
"""A chart as the data of its file."""

BOUNDS = st.sampled_from([1, 1, 2, 3])
"""How often an automatic transition can happen: seldom, so that it is often tried once more."""


def step(trigger: str, source: str | list[str], target: str) -> Document:
    """A transition with one outcome."""
    return {"trigger": trigger, "source": source, "target": target, "summary": f"One can {trigger} here."}


@st.composite
def documents(draw: st.DrawFn, max_states: int, *, depth: bool = True, automatic: bool = False) -> Document:
    """A chart with a way through all its states, some ways across, superstates and perhaps a choice point."""
    living = [f"state_{number}" for number in range(draw(st.integers(1, max_states)))]
    ends = [f"end_{number}" for number in range(draw(st.integers(1, 3)))]
    states: list[Document] = [{"name": name, "summary": f"Here it is {name}."} for name in living]
    groups: list[str] = []
    if depth:
        states, groups = draw(_grouped(states))
    over: list[Document] = [{"name": name, "summary": "It is over."} for name in ends]
    if depth and draw(st.booleans()):
        over = [{"name": "over", "summary": "It is over.", "final": True, "states": over}]
    else:
        over = [{**state, "final": True} for state in over]
    transitions: list[Document] = []
    answers: st.SearchStrategy[list[str | None]] = st.lists(st.none() | st.sampled_from([*living, *ends]), max_size=3)
    for place, source in enumerate(living):
        onward = living[place + 1] if place + 1 < len(living) else ends[0]
        targets = [onward, *(ends[1:] if place == 0 else [])]
        targets += draw(st.lists(st.sampled_from([*living, *ends]), max_size=2))
        choices: list[Document] = [
            {"guard": f"guard_{number}", "target": target, "summary": "A way on."}
            for number, target in enumerate(targets)
        ]
        if draw(st.booleans()):
            choices.append({"summary": "Nothing new."})
        transitions.append({"trigger": f"go_{place}", "source": source, "summary": "Go on.", "choices": choices})
    for number in range(draw(st.integers(0, 3))):
        sources = draw(st.lists(st.sampled_from(living), min_size=1, max_size=3, unique=True))
        of_a_group = draw(st.booleans())
        if groups and of_a_group:
            sources = [groups[draw(st.integers(0, len(groups) - 1))]]
        jump = step(f"jump_{number}", sources, draw(st.sampled_from([*living, *ends]))) | {"effect": "knock"}
        if draw(st.booleans()):
            jump["when"] = "may_jump"
        transitions.append(jump)
    document: Document = {"name": "drawn", "summary": "A chart that was drawn.", "initial": living[0]}
    if depth and (answer := draw(answers)):
        document["choices"] = [_choice_point(answer)]
        transitions += [
            draw(_question(f"ask_{number}", [*groups, *living])) for number in range(draw(st.integers(1, 2)))
        ]
    if draw(st.sampled_from([False, True, True, True])):  # without one, nothing happens after the first end
        document["reset"] = "reset"
        transitions.append(step("reset", [one["name"] for one in over], living[0]))
    if automatic:
        transitions += draw(_by_themselves(living, ends, resets="reset" in document))
    return {**document, "states": [*states, *over], "transitions": transitions}


@st.composite
def extensions(draw: st.DrawFn) -> Document:
    """A chart that extends `job`: an approval, retries with a pause, stations on the way."""
    states: list[Document] = []
    transitions: list[Document] = []
    document: Document = {"name": "drawn", "summary": "A job that was drawn.", "extends": "job"}
    if draw(st.booleans()):
        document["guards"] = [{"trigger": "submit", "guard": "approved", "summary": "It is approved."}]
    for number in range(draw(st.integers(1, 3))):
        name, within = f"place_{number}", draw(st.sampled_from(["created", "submitted", "running", "failed"]))
        states.append({"name": name, "summary": "A place of its own.", "within": within})
        to, fro = step(f"enter_{number}", within, name), step(f"leave_{number}", name, within)
        way = draw(st.sampled_from(["fired", "always", "after"]))
        if within == "failed" or way != "fired":
            to = {"source": within, "target": name, "summary": "It goes by itself.", "when": f"guard_{number}"}
            to |= {"always": True} if way == "always" else {"after": draw(st.integers(1, 99))}
            to["bound"] = draw(BOUNDS)
        if within == "failed":
            fro = {"source": name, "trigger": "reset", "summary": "Once more.", "after": draw(st.integers(1, 99))}
            fro["bound"] = draw(BOUNDS)
            if draw(st.booleans()):
                fro["when"] = "may_go"
        if sum(one.get("always", False) and one["source"] == within for one in transitions):
            to.pop("always", None)
            to["after"] = draw(st.integers(1, 99)) if "bound" in to else None
        transitions += [{key: value for key, value in to.items() if value is not None}, fro]
    from_created = [one for one in transitions if one["source"] == "created"]
    if not any(one.get("always", False) for one in from_created) and draw(st.booleans()):
        again = {"source": "created", "trigger": "submit", "summary": "Run it again.", "when": "runs_again"}
        transitions.append({**again, "always": True, "bound": draw(BOUNDS)})
    return {**document, "states": states, "transitions": transitions}


@st.composite
def compositions(draw: st.DrawFn) -> Document:
    """A composite of jobs: rules of which each counts for some children, and the last for all others."""
    child = shipped_chart("job")
    names = [*(state.name for state in child.states), *(one.name for one in child.superstates)]
    some = st.lists(st.sampled_from(names), max_size=2, unique=True)
    rules: list[JoinRule] = []
    for _ in range(draw(st.integers(1, 4))):
        every, one, no = (_outermost(child, draw(some)) for _ in range(3))
        rule = JoinRule("", "It is so.", all=every, any=one, none=no)
        if rule.guard is not None and _counts(rule, rules, child):
            rules.append(rule)
    states = [f"state_{number}" for number in range(draw(st.integers(1, 3)))] + ["end_0"]
    join: list[Document] = []
    for number, rule in enumerate(rules):
        written = {"all": rule.all, "any": rule.any, "none": rule.none}
        join.append({word: list(names) for word, names in written.items() if names})
        join[-1] |= {"state": states[number % len(states)], "summary": f"Rule {number}."}
    join.append({"state": states[len(join) % len(states)], "summary": "Whatever else."})
    used = {rule["state"] for rule in join} | {states[0]}
    if "end_0" not in used:
        join[-1]["state"] = "end_0"
        used = {rule["state"] for rule in join} | {states[0]}
    return {
        "name": "drawn",
        "summary": "A composite that was drawn.",
        "initial": states[0],
        "reset": "reset",
        "children": "job",
        "states": [
            {"name": name, "summary": f"Here it is {name}.", "final": name == "end_0"}
            for name in states
            if name in used
        ],
        "join": join,
    }


@st.composite
def _grouped(draw: st.DrawFn, states: list[Document]) -> tuple[list[Document], list[str]]:
    """Some states that follow each other, in a superstate, perhaps in another; with the names of those."""
    groups: list[str] = []
    while len(groups) < 2 and draw(st.booleans()):
        first = draw(st.integers(0, len(states) - 1))
        last = draw(st.integers(first, len(states) - 1))
        name = f"group_{len(groups)}"
        around = {"name": name, "summary": f"It is in {name}.", "states": states[first : last + 1]}
        states = [*states[:first], around, *states[last + 1 :]]
        groups.append(name)
    return states, groups


def _choice_point(targets: Sequence[str | None]) -> Document:
    branches: list[Document] = []
    for number, target in enumerate(targets):
        branches.append({"guard": f"answer_{number}", "summary": f"Answer {number}."})
        if target is not None:
            branches[-1]["target"] = target
    return {"name": "answer", "summary": "What the answer is.", "branches": branches}


@st.composite
def _question(draw: st.DrawFn, trigger: str, places: Sequence[str]) -> Document:
    """A transition to the choice point, with a tail of its own."""
    question: Document = {"trigger": trigger, "source": draw(st.sampled_from(places)), "summary": "Ask."}
    question |= {"effect": "ask", "choice": "answer"}
    if draw(st.booleans()):
        question["summaries"] = {"answer_0": "The first answer."}
    tail: list[Document] = [{"guard": "own", "summary": "An answer of its own."}] if draw(st.booleans()) else []
    return question | {"choices": [*tail, {"action": "note", "summary": "No answer."}]}


@st.composite
def _by_themselves(draw: st.DrawFn, living: Sequence[str], ends: Sequence[str], *, resets: bool) -> list[Document]:
    """Automatic transitions, which lead onward only, and delayed ones."""
    found: list[Document] = []
    for place, source in enumerate(living):
        kind = draw(st.sampled_from([None, "always", "always", "after", "fires"]))
        if kind is None:
            continue
        one: Document = {"source": source, "summary": "It goes on by itself.", "bound": draw(BOUNDS)}
        one |= {"always": True} if kind == "always" else {"after": draw(st.integers(1, 99))}
        targets = [*living[place + 1 :], *ends]
        if kind == "fires":
            one["trigger"] = f"go_{place}"
        elif draw(st.booleans()):
            one["choices"] = [
                {"guard": "quick", "target": draw(st.sampled_from(targets)), "summary": "It is quick."},
                {"target": draw(st.sampled_from(targets)), "action": "note", "summary": "It is slow."},
            ]
        else:
            one["target"] = draw(st.sampled_from(targets))
        if draw(st.booleans()):
            one["when"] = "may_go"
        found.append(one)
    if resets and draw(st.booleans()):
        again = {"after": draw(st.integers(1, 99)), "source": ends[0], "trigger": "reset", "summary": "Once more."}
        found.append({**again, "bound": draw(BOUNDS), "when": "may_go"})
    return found


def _outermost(child: Chart, names: Sequence[str]) -> tuple[str, ...]:
    """The names without those that another one stands for."""
    inside = {name: set(child.within(name)) for name in names}
    return tuple(name for name in names if not any(inside[name] < inside[other] for other in names))


def _counts(rule: JoinRule, earlier: Sequence[JoinRule], child: Chart) -> bool:
    """Whether a rule is the first that is true of some children, and not of all that are left."""
    states = [state.name for state in child.states]
    before = [JoinCondition.of(one, child, str) for one in earlier]
    condition = JoinCondition.of(rule, child, str)
    left = []
    for number in range(1, 2 ** len(states)):
        counts = {name: number >> place & 1 for place, name in enumerate(states)}
        if not any(one.holds(counts) for one in before):
            left.append(condition.holds(counts))
    return any(left) and not all(left)
