"""Mistakes that are easily made in a chart."""

from collections.abc import Callable, Iterator, Sequence

from qcaas_sdk.testing.stateful.chart_documents import Document, step


def _target_that_is_none(_: Document, some: Document) -> None:
    (some["choices"][0] if "choices" in some else some)["target"] = "nowhere"


def _target_that_is_a_superstate(document: Document, some: Document) -> None:
    document["states"].append({"name": "around", "summary": "It is around.", "states": [document["states"].pop()]})
    (some["choices"][0] if "choices" in some else some)["target"] = "around"


def _source_that_is_none(_: Document, some: Document) -> None:
    some["source"] = "nowhere"


def _initial_that_is_none(document: Document, _: Document) -> None:
    document["initial"] = "nowhere"


def _island(document: Document, _: Document) -> None:
    document["states"].append({"name": "island", "summary": "Nobody comes here."})
    document["transitions"].append(step("swim", "island", document["initial"]))


def _trap(document: Document, _: Document) -> None:
    document["states"].append({"name": "trap", "summary": "Nobody leaves."})
    document["transitions"].append(step("fall", document["initial"], "trap"))


def _two_of_one_name(document: Document, _: Document) -> None:
    document["states"].append({"name": document["initial"], "summary": "Once more."})


def _no_end(document: Document, _: Document) -> None:
    for state in _all(document["states"]):
        state.pop("final", None)


def _way_out_of_an_end(document: Document, _: Document) -> None:
    end = next(name for name in _names(document["states"]) if name.startswith("end_"))
    document["transitions"].append(step("rise", end, document["initial"]))


def _choice_after_the_last(document: Document, _: Document) -> None:
    first = document["transitions"][0]
    first["choices"] = [{"summary": "Always."}, *first["choices"]]


def _declared_twice(document: Document, some: Document) -> None:
    document["transitions"].append(dict(some))


def _misspelt(_: Document, some: Document) -> None:
    some["gaurd"] = "guard_0"


def _no_summary(_: Document, some: Document) -> None:
    del some["summary"]


def _reset_that_is_none(document: Document, _: Document) -> None:
    document["reset"] = "rewind"


def _no_states(document: Document, _: Document) -> None:
    del document["states"]


def _list_without_a_last_branch(document: Document, some: Document) -> None:
    branches = [{"guard": "is_new", "summary": "It is new."}]
    document.setdefault("choices", []).append({"name": "open", "summary": "It ends nowhere.", "branches": branches})
    for key in ("choices", "target", "guard", "action"):
        some.pop(key, None)
    some["choice"] = "open"


def _choice_point_that_is_none(_: Document, some: Document) -> None:
    some["choice"] = "nowhere"


def _choice_point_for_nobody(document: Document, _: Document) -> None:
    point = {"name": "idle", "summary": "Nothing leads here.", "branches": [{"summary": "Nothing."}]}
    document.setdefault("choices", []).append(point)


def _bound_of_a_trigger(_: Document, some: Document) -> None:
    some["bound"] = 3


def _no_bound(document: Document, _: Document) -> None:
    end = next(name for name in _names(document["states"]) if name.startswith("end_"))
    automatic = {"after": 5, "source": document["initial"], "target": end, "summary": "It ends by itself."}
    document["transitions"].append(automatic)


def _circle(document: Document, _: Document) -> None:
    document["states"].append({"name": "whirl", "summary": "It turns."})
    for source, target in ((document["initial"], "whirl"), ("whirl", document["initial"])):
        automatic = {"always": True, "source": source, "target": target, "bound": 1, "summary": "It turns."}
        document["transitions"].append(automatic)


def _shown_as_nothing(document: Document) -> None:
    document["states"][0].pop("within", None)
    document["states"][0].pop("shows_as", None)


def _end_of_an_extension(document: Document) -> None:
    document["states"][0]["final"] = True


def _change_of_what_is_seen(document: Document) -> None:
    source = {"trigger": "skip", "source": "created", "target": "submitted", "summary": "Skip it."}
    document["transitions"].append(source)


def _effect_of_an_extension(document: Document) -> None:
    document["transitions"].append({"trigger": "send", "source": "created", "effect": "submit_task", "summary": "S."})


def _trigger_of_the_base(document: Document) -> None:
    document["transitions"].append({"trigger": "submit", "source": "created", "summary": "Submit in another way."})


def _guard_of_what_is_always_possible(document: Document) -> None:
    document.setdefault("guards", []).append({"trigger": "cancel", "guard": "may", "summary": "It may be."})


def _rule_that_is_never_reached(document: Document) -> None:
    state = document["states"][0]["name"]
    document["join"].append({"state": state, "all": "created", "summary": "It comes after the last."})


def _rule_that_contradicts_itself(document: Document) -> None:
    state = document["states"][0]["name"]
    document["join"].insert(0, {"state": state, "all": "ended", "any": "active", "summary": "It cannot be."})


def _combination_without_a_rule(document: Document) -> None:
    document["join"].pop()


def _child_that_has_no_such_state(document: Document) -> None:
    document["join"][0]["any"] = "enderd"


def _no_reset(document: Document) -> None:
    del document["reset"]


MISTAKES: dict[str, Callable[[Document, Document], None]] = {
    "a target that is no state": _target_that_is_none,
    "a source that is no state": _source_that_is_none,
    "an initial state that is none": _initial_that_is_none,
    "a state that is never reached": _island,
    "a state that never ends": _trap,
    "two states of one name": _two_of_one_name,
    "no end": _no_end,
    "a way out of an end": _way_out_of_an_end,
    "a choice after the last": _choice_after_the_last,
    "a trigger declared twice in a state": _declared_twice,
    "a misspelt key": _misspelt,
    "a missing summary": _no_summary,
    "a reset that is no trigger": _reset_that_is_none,
    "no states at all": _no_states,
    "a target that is a superstate": _target_that_is_a_superstate,
    "a joined list without a last branch": _list_without_a_last_branch,
    "a choice point that is none": _choice_point_that_is_none,
    "a choice point that nothing leads to": _choice_point_for_nobody,
    "a bound of a trigger": _bound_of_a_trigger,
    "an automatic transition without a bound": _no_bound,
    "a circle of automatic transitions": _circle,
}
"""Mistakes of any chart; each is made in a document that is right, some in one of its transitions."""

MISTAKES_OF_EXTENSIONS: dict[str, Callable[[Document], None]] = {
    "a state that shows as nothing": _shown_as_nothing,
    "an end that an extension adds": _end_of_an_extension,
    "a change of what a user sees": _change_of_what_is_seen,
    "an effect of an extension": _effect_of_an_extension,
    "a trigger of the extended chart": _trigger_of_the_base,
    "a guard before what must always be possible": _guard_of_what_is_always_possible,
}

MISTAKES_OF_COMPOSITIONS: dict[str, Callable[[Document], None]] = {
    "a rule that is never reached": _rule_that_is_never_reached,
    "a rule that contradicts itself": _rule_that_contradicts_itself,
    "a combination without a rule": _combination_without_a_rule,
    "a state that no child has": _child_that_has_no_such_state,
    "a composite without a reset": _no_reset,
}


def _all(states: Sequence[Document]) -> Iterator[Document]:
    """The states and superstates of a document."""
    for state in states:
        yield state
        yield from _all(state.get("states", ()))


def _names(states: Sequence[Document]) -> Iterator[str]:
    for state in _all(states):
        yield state["name"]
