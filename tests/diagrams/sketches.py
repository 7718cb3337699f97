"""Charts with depth for the tests of pictures."""

from qcaas_sdk.statechart import Chart
from qcaas_sdk.statechart.elements import Choice, ChoicePoint, State, Superstate, TransitionRule


def nested() -> Chart:
    """A chart with a superstate in a superstate, and a choice point."""
    return Chart(
        name="visit",
        summary="A visit with a break.",
        initial="outside",
        reset="leave",
        superstates=(
            Superstate("there", "In the house."),
            Superstate("upstairs", "On the first floor.", parent="there"),
            Superstate("over", "It is over.", final=True),
        ),
        states=(
            State("outside", "Not there yet."),
            State("hall", "In the hall.", parent="there"),
            State("room", "In a room.", parent="upstairs"),
            State("balcony", "On the balcony.", parent="upstairs"),
            State("happy", "It was good.", final=True, parent="over"),
            State("sad", "It was not.", final=True, parent="over"),
        ),
        choices=(
            ChoicePoint(
                "mood",
                "How it was.",
                (Choice("Good.", "was_good", "happy"), Choice("Bad.", "was_bad", "sad")),
            ),
        ),
        rules=(
            TransitionRule("enter", ("outside",), (Choice("In.", None, "hall"),), "Enter.", effect="ring"),
            TransitionRule("climb", ("hall",), (Choice("Up.", None, "room"),), "Go up."),
            TransitionRule("air", ("room",), (Choice("Out.", None, "balcony"),), "Go out."),
            TransitionRule("call", ("there",), (Choice("Nobody knows."),), "Ask.", effect="phone", choice="mood"),
            TransitionRule("fall", ("upstairs",), (Choice("Ouch.", "is_wet", "hall"),), "Fall."),
            TransitionRule("wait", ("outside",), (Choice("Home.", None, "sad"),), "Wait.", after_s=90.0, bound=2),
            TransitionRule("leave", ("over",), (Choice("Home.", None, "outside"),), "Go home."),
        ),
    )


def of_thirty_states() -> Chart:
    """A pipeline of 26 stages with retries, and four ends."""
    ends = ["done", "rejected", "broken", "stopped"]
    rules = []
    for number in range(1, 27):
        onward = f"stage_{number + 1}" if number < 26 else "done"
        choices = [Choice("On.", "passed", onward)]
        if number % 6 == 0:
            choices += [Choice("Once more.", "again", f"stage_{number - 3}")]
            choices += [Choice("Out.", "refused", ends[number // 6 % 4])]
        rule = TransitionRule(f"work_{number}", (f"stage_{number}",), (*choices, Choice("Not yet.")), "Go on.", "run")
        rules.append(rule)
    rules.append(TransitionRule("abort", ("stage_5", "stage_20"), (Choice("S.", None, "stopped"),), "Stop."))
    rules.append(TransitionRule("smash", ("stage_10",), (Choice("B.", None, "broken"),), "Break."))
    return Chart(
        name="pipeline",
        summary="Many stages, each with a way out.",
        initial="stage_1",
        states=(
            *(State(f"stage_{number}", f"The work of stage {number} is under way.") for number in range(1, 27)),
            *(State(end, f"It is {end}.", final=True) for end in ends),
        ),
        rules=tuple(rules),
    )
