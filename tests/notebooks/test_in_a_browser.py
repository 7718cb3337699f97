"""A notebook in JupyterLab, in a real browser: it moves, and ends as a picture that needs no kernel."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

from tests.docs.browser import CHROMIUM, DESKTOP, PHONE, browser, need_axe, not_accessible, sticking_out, window
from tests.notebooks.jupyter import (
    THEMES,
    Jupyter,
    command,
    exported,
    exported_in,
    opened,
    opened_in,
    outputs,
    python_with_jupyter,
    serving,
    wait_for_kernel,
    window_of,
    write,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("jupyter"),
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine"),
]

OPEN = '''from qcaas_sdk import OqcSdk
from qcaas_sdk.local import LocalQpu, LocalSettings
BELL = """OPENQASM 2.0; include "qelib1.inc";
qreg q[2]; creg c[2];
h q[0]; cx q[0],q[1]; measure q -> c;"""
'''
SDK = OPEN + "sdk = await OqcSdk.local(LocalSettings(qpus=[LocalQpu({0})])).open()\n"
WITHOUT_ASYNC = OPEN + "sdk = OqcSdk.sync.local(LocalSettings(qpus=[LocalQpu({0})])).open()\n"
ONE_SECOND = "seconds_per_shot=0.001"
"""What a run takes, so that states last long enough to be seen."""

STILL = "img[src^='data:image/svg+xml;base64,']"
"""A picture that is part of the notebook."""


@pytest.fixture(scope="module")
def python() -> Path:
    try:
        return python_with_jupyter()
    except AssertionError as error:
        if os.environ.get("JUPYTER") == "required":
            raise
        pytest.skip(f"there is no JupyterLab here, and pip cannot install it: {str(error)[-200:]}")


@pytest.fixture(scope="module")
def chromium() -> Iterator["Browser"]:
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def lab(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jupyter]:
    with serving(python, tmp_path_factory.mktemp("lab")) as served:
        yield served


@pytest.fixture(scope="module")
def page(chromium: "Browser", lab: Jupyter) -> Iterator["Page"]:
    """JupyterLab in a window: it is large, so it is loaded once."""
    with window_of(chromium, f"{lab.url}/lab", width=DESKTOP) as loaded:
        yield loaded


def below(page: "Page", cell: int) -> "Locator":
    """What is below a cell."""
    return page.locator(".jp-Notebook .jp-CodeCell").nth(cell).locator(".jp-OutputArea-output")


def run(page: "Page", cell: int) -> "Locator":
    """Run a cell; returns what is below it."""
    page.locator(".jp-Notebook .jp-CodeCell").nth(cell).locator(".jp-InputPrompt").click()
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-cell'); }")
    return below(page, cell)


def expect(found: "Locator") -> Any:
    from playwright.sync_api import expect as expected

    return expected(found, "")


def saved(page: "Page", lab: Jupyter, name: str) -> list[list[dict[str, Any]]]:
    command(page, "docmanager:save")
    return outputs(lab.folder / name)


def test_it_moves_and_ends_as_the_picture(chromium: "Browser", lab: Jupyter, page: "Page", tmp_path: Path) -> None:
    cells = [
        SDK.format(ONE_SECOND) + "job = sdk.create_job(program=BELL, tag='Bell <b>pair</b>')\njob",
        "composite = sdk.create_job(program=[BELL] * 6)\ncomposite",
        "await composite.execute(); await job.execute(); 'done'",
    ]
    write(lab.folder / "moves.ipynb", cells)
    with opened_in(page, "moves.ipynb"):
        card, many = run(page, 0), run(page, 1)
        expect(card).to_contain_text("Bell <b>pair</b>: created (not submitted, on qpu:local:1:aer)", timeout=20_000)
        expect(many).to_contain_text("6 jobs: created 0 of 6 ended", timeout=20_000)
        expect(many.locator(".node.state-created .count")).to_have_text("6")
        expect(many.locator(".node.state-created")).to_have_css("color-scheme", "light")
        last = run(page, 2)
        told = re.compile(r"6 jobs: running\. .*[1-5] completed")
        expect(many.locator("[role=group]")).to_have_attribute("aria-label", told, timeout=20_000)
        expect(many.locator("tr.now")).to_have_text("at least one is running or endedrunning")
        expect(many).to_contain_text(re.compile(r"[1-5] of 6 ended, .* left"))
        expect(last).to_contain_text("done", timeout=20_000)
        expect(many.locator(STILL)).to_have_attribute("alt", "6 jobs: completed. Jobs in each state: 6 completed.")
        expect(card).to_contain_text("Bell <b>pair</b>: completed (task ")
        expect(page.locator(".jupyter-widgets")).to_have_count(0)
        kept = saved(page, lab, "moves.ipynb")
    for (output,), text in zip(kept[:2], ("state=COMPLETED", "completed=6"), strict=True):
        assert set(output["data"]) == {"text/plain", "text/html", "image/svg+xml"}
        assert text in "".join(output["data"]["text/plain"])
    html = exported_in(page, "moves.ipynb")
    assert '"model_id"' not in html
    (tmp_path / "moves.html").write_text(html)
    for width in (DESKTOP, PHONE):
        with window(chromium, width) as still:
            still.goto((tmp_path / "moves.html").as_uri())
            assert [image.get_attribute("alt") for image in still.locator(STILL).all()][1:] == [
                "6 jobs: completed. Jobs in each state: 6 completed."
            ]
            assert still.locator(STILL).nth(1).evaluate("(image) => image.complete && image.naturalWidth > 300")
            assert not [one for one in sticking_out(still) if "IMG" in one]


def test_a_page_that_is_loaded_again_and_a_kernel_that_is_restarted(lab: Jupyter, page: "Page") -> None:
    write(
        lab.folder / "again.ipynb",
        [
            SDK.format("queue_delay_s=600") + "composite = sdk.create_job(program=[BELL] * 3)\ncomposite",
            "await composite.jobs[0].submit()",
            "await composite.jobs[1].submit()",
        ],
    )
    with opened_in(page, "again.ipynb"):
        many = run(page, 0)
        expect(many).to_contain_text("3 jobs: created", timeout=20_000)
        run(page, 1)
        expect(many.locator(".node.state-submitted .count")).to_have_text("1")
        saved(page, lab, "again.ipynb")
        page.goto(lab.address("again.ipynb"))
        many = below(page, 0)
        expect(many.locator(".node.state-submitted .count")).to_have_text("1", timeout=20_000)
        run(page, 2)
        expect(many.locator(".node.state-submitted .count")).to_have_text("2")
        expect(many.locator(".lost")).to_be_hidden()
        page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
        expect(many.locator(".lost")).to_be_visible(timeout=20_000)
        expect(many.locator(".node.state-submitted .count")).to_have_text("2")
        wait_for_kernel(page)


@pytest.fixture(scope="module")
def notebook(chromium: "Browser", lab: Jupyter) -> Iterator["Page"]:
    """A composite and a job in Notebook on a phone, in a page that is dark at first."""
    cells = [
        SDK.format("queue_delay_s=600") + "composite = sdk.create_job(program=[BELL] * 3)\ncomposite",
        "await composite.jobs[0].submit()\ncomposite.jobs[0]",
    ]
    write(lab.folder / "axe.ipynb", cells)
    lab.begin_in("dark")
    with opened(chromium, lab, "axe.ipynb", width=PHONE, app="notebook", scheme="dark") as opened_page:
        lab.begin_in("light")
        many, card = run(opened_page, 0), run(opened_page, 1)
        expect(many.locator(".node.state-submitted .count")).to_have_text("1", timeout=20_000)
        expect(card).to_contain_text("job: submitted (task ")
        expect(many.locator(".node.state-running")).to_have_css("color-scheme", "dark")
        yield opened_page


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_axe_finds_nothing_serious(notebook: "Page", scheme: Literal["light", "dark"]) -> None:
    need_axe()
    notebook.emulate_media(color_scheme=scheme)
    command(notebook, "apputils:change-theme", theme=THEMES[scheme])
    many, card = (below(notebook, cell) for cell in (0, 1))
    drawn = many.locator(".node.state-running")
    expect(drawn).to_have_css("color-scheme", scheme)
    for one in (many, card):
        read = "(one) => [one.scrollWidth - one.clientWidth, one.scrollHeight - one.clientHeight]"
        assert one.evaluate(read) == [0, 0], "Jupyter scrolls what is too large"
    assert not_accessible(notebook, ".jp-OutputArea") == []


def test_without_async_and_a_cell_that_is_cleared(lab: Jupyter, page: "Page") -> None:
    hidden = (
        "from qcaas_sdk._handles.live import output\nprint([one.view.hidden for one in output._outputs.values()])"
    )
    write(
        lab.folder / "sync.ipynb",
        [
            WITHOUT_ASYNC.format(ONE_SECOND) + "job = sdk.create_job(program=BELL, tag='Bell')\njob",
            "composite = sdk.create_job(program=[BELL] * 5)\ncomposite",
            "job.execute(); composite.execute()",
            "slow = sdk.create_job(program=[BELL] * 2)",
            "slow",
            hidden,
            "sdk.close()",
        ],
    )
    with opened_in(page, "sync.ipynb"):
        card, many = run(page, 0), run(page, 1)
        expect(many).to_contain_text("5 jobs: created", timeout=20_000)
        run(page, 2)
        expect(many).to_contain_text(" of 5 ended, ", timeout=20_000)
        ended = "5 jobs: completed. Jobs in each state: 5 completed."
        expect(many.locator(STILL)).to_have_attribute("alt", ended, timeout=30_000)
        expect(card).to_contain_text("Bell: completed (task ")
        run(page, 3)
        slow = run(page, 4)
        expect(slow).to_contain_text("2 jobs: created", timeout=20_000)
        expect(run(page, 5)).to_contain_text("[False]")
        page.locator(".jp-Notebook .jp-CodeCell").nth(4).locator(".jp-InputPrompt").click()
        command(page, "notebook:clear-cell-output")
        expect(slow).to_have_count(0)
        expect(run(page, 5)).to_contain_text("[True]")
        run(page, 4)
        expect(slow).to_contain_text("2 jobs: created")
        expect(run(page, 5)).to_contain_text("[False]")
        run(page, 6)
        expect(slow.locator(STILL)).to_have_attribute("alt", "2 jobs: created. Jobs in each state: 2 created.")
        expect(page.locator(".jupyter-widgets")).to_have_count(0)


def test_a_notebook_that_is_run_without_a_browser_keeps_the_picture(
    chromium: "Browser", python: Path, tmp_path: Path
) -> None:
    cells = [
        SDK.format("") + "composite = sdk.create_job(program=[BELL] * 4)\ncomposite",
        "await composite.execute()\n'done'",
    ]
    write(tmp_path / "run.ipynb", cells)
    html = exported(python, tmp_path / "run.ipynb", tmp_path, "--execute")
    with window(chromium, DESKTOP) as page:
        page.goto((tmp_path / "run.html").as_uri())
        (image,) = page.locator(STILL).all()
        assert image.get_attribute("alt") == "4 jobs: completed. Jobs in each state: 4 completed."
    assert '"model_id"' not in html
