"""What the service says oddly is told as a `ServerWarning`: each text once, and in bounded memory."""

import tracemalloc
import warnings
from pathlib import Path

import qcaas_sdk
from qcaas_sdk import ServerWarning
from qcaas_sdk.errors.base import warn_of_server

PACKAGE = Path(qcaas_sdk.__file__).parent


def test_a_text_is_told_once() -> None:
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("default", ServerWarning)
        for text in ("task 1 is odd", "task 2 is odd", "task 1 is odd"):
            warn_of_server(text)
    assert [str(one.message) for one in told] == ["task 1 is odd", "task 2 is odd"]
    assert {one.category for one in told} == {ServerWarning}


def test_texts_that_name_tasks_are_not_kept() -> None:
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("default", ServerWarning)

        def kept(tasks: range) -> int:
            """Bytes that are still in use after warnings about so many tasks."""
            for number in tasks:
                warn_of_server(f"the service says something odd about task {number}")
            assert len(told) == len(tasks)
            told.clear()
            return tracemalloc.get_traced_memory()[0]

        tracemalloc.start()
        try:
            before = kept(range(3000))
            assert kept(range(3000, 15_000)) - before < 12_000 * 20
        finally:
            tracemalloc.stop()


def test_every_server_warning_is_told_this_way() -> None:
    found = [
        str(file.relative_to(PACKAGE))
        for file in PACKAGE.rglob("*.py")
        for call in file.read_text("utf-8").split("warnings.warn")[1:]
        if "ServerWarning" in call.split("\n\n")[0].split("def ")[0]
    ]
    assert found == ["errors/base.py"]
