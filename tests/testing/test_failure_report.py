"""A falsifying example of a job is told as a script that fails in the same way, and as a diagram."""

import logging
import re
from collections.abc import Iterator

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from qcaas_sdk.testing import InvariantBroken
from qcaas_sdk.testing.recorder import LOGGERS
from tests.mutants.mutation import mutants
from tests.test_lifecycle import JobLifecycle

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("failure report")]

SENT_TWICE = next(mutant for mutant in mutants() if mutant.bug == "retry without asking")


@pytest.fixture(autouse=True, scope="module")
def loggers() -> Iterator[None]:
    """A script that fails half-way does not close its recorder: give the loggers back as they were."""
    before = [(log, log.level, log.propagate, [*log.handlers]) for log in map(logging.getLogger, LOGGERS)]
    yield
    for log, level, propagate, handlers in before:
        log.setLevel(level)
        log.propagate, log.handlers = propagate, handlers


@pytest.fixture(scope="module")
def failure(loggers: None) -> InvariantBroken:
    quick = settings(
        max_examples=200,
        stateful_step_count=10,
        phases=[Phase.generate, Phase.shrink],
        derandomize=True,
        deadline=None,
        database=None,
        report_multiple_bugs=False,
    )
    with SENT_TWICE.planted(), pytest.raises(InvariantBroken) as caught:
        run_state_machine_as_test(JobLifecycle, settings=quick)
    return caught.value


def part(failure: InvariantBroken, begin: str, end: str) -> str:
    (story,) = (note for note in failure.__notes__ if note.startswith("As a script"))
    return story.partition(begin)[2].partition(end)[0].strip() if end else story.partition(begin)[2].strip()


@pytest.mark.filterwarnings("ignore")  # of what a bug leaves behind
def test_the_script_fails_as_the_example_did_and_passes_once_the_bug_is_gone(failure: InvariantBroken) -> None:
    script = part(failure, "As a script:", "As a diagram")
    with SENT_TWICE.planted(), pytest.raises(InvariantBroken, match="although the service had it"):
        exec(script, {})
    exec(script, {})


def test_the_script_is_short_and_names_the_faults(failure: InvariantBroken) -> None:
    script = part(failure, "As a script:", "As a diagram")
    assert len(script.splitlines()) <= 16
    assert re.search(r"faults=\[Fault\(\w+\(.*on='submit'", script)


def test_the_diagram_shows_the_requests_and_what_went_wrong_with_them(failure: InvariantBroken) -> None:
    lines = [line.strip() for line in part(failure, "As a diagram (Mermaid):", "").splitlines()]
    assert lines[0] == "sequenceDiagram"
    assert lines.count("job->>service: POST /tasks/submit") >= 2
    assert any(re.match(r"service(--x|-->>)job: .*\((\w+), the server has (not )?acted\)", line) for line in lines)
    word = r"(you|job|service)"
    for line in lines[4:]:
        assert re.fullmatch(rf"{word}(->>|-->>|--x){word}: .+|Note over {word}: .+", line)
