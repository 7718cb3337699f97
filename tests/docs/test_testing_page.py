"""The tutorial of docs/testing.md, as its reader would run it: in a file of tests, under pytest."""

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

PAGE = (Path(__file__).parents[2] / "docs" / "testing.md").read_text("utf-8")

pytest_plugins = ["pytester"]

A_SIMPLE_CLOUD = re.compile(
    r"cloud=SimulatedCloud\(seed=0, qpus=\[SimulatedQpu\("
    r"service_time=Constant\([\d.]+\)(, windows=Windows\(.+\))?\)\]"
    r"(, faults=\[Fault\(.+\)\])?\),"
)


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def tests_of_the_page() -> str:
    return "\n\n".join(block for block in blocks("python") if is_for_a_file(block))


def is_for_a_file(block: str) -> bool:
    """Whether it awaits nothing at its top level."""
    try:
        compile(block, "page", "exec")
    except SyntaxError:
        return False
    return True


def test_all_of_it_passes_but_the_bug_that_is_found_and_shrunk(
    tests_of_the_page: str, pytester: pytest.Pytester
) -> None:
    pytester.makepyfile(test_page=tests_of_the_page)
    ran = pytester.runpytest_subprocess("-q", "--hypothesis-profile=qcaas")
    assert ran.parseoutcomes() == {"passed": 4, "failed": 1}
    said = [line.removeprefix("E").strip() for line in ran.outlines]
    (told,) = blocks("text")
    error, *how, cloud, end = (line.strip() for line in told.splitlines())
    assert {error, *how, end} <= set(said)
    assert A_SIMPLE_CLOUD.fullmatch(cloud)
    assert any(A_SIMPLE_CLOUD.fullmatch(line) for line in said), "there is more than one simplest example"
