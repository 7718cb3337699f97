"""`make screenshots`: a notebook with jobs that move, as pictures. Needs chromium.

python -m tests.notebooks.screenshots FOLDER          JupyterLab, Notebook and the exported page
python -m tests.notebooks.screenshots FOLDER --docs   the picture of the documentation
"""

import sys
import tempfile
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from tests.docs.browser import CHROMIUM, DESKTOP, PHONE, browser, window
from tests.notebooks.jupyter import command, exported, opened, python_with_jupyter, serving, write

if TYPE_CHECKING:
    from playwright.sync_api import Browser

OPEN = '''from qcaas_sdk import OqcSdk
from qcaas_sdk.local import LocalQpu, LocalSettings

BELL = """OPENQASM 2.0; include "qelib1.inc";
qreg q[2]; creg c[2];
h q[0]; cx q[0],q[1]; measure q -> c;"""
'''
SHOWN = """composite = sdk.create_job(program=[BELL] * 20)
composite"""
JOB = 'job = sdk.create_job(program=BELL, tag="Bell")\njob'
RUN = "await composite.execute()\nawait job.execute()"
SDK = "sdk = await OqcSdk.local(LocalSettings(qpus=[LocalQpu(seconds_per_shot=0.001)])).open()"


def take(chromium: "Browser", python: Path, folder: Path, app: str, scheme: str, width: int) -> Path:
    """A notebook half-way and at its end; returns the saved notebook."""
    with serving(python, Path(tempfile.mkdtemp())) as served:
        served.begin_in(scheme)
        write(served.folder / "bell.ipynb", [f"{OPEN}\n{SDK}", SHOWN, JOB, RUN])
        with opened(chromium, served, "bell.ipynb", width=width, app=app, scheme=scheme) as page:
            if app == "lab":
                command(page, "application:toggle-left-area")
            page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")
            page.get_by_text("7 of 20 ended").wait_for()
            page.locator(".jp-CodeCell").nth(1).evaluate("(cell) => cell.scrollIntoView()")
            page.wait_for_timeout(300)
            page.screenshot(path=folder / f"notebook-{app}-{scheme}-{width}-moves.png")
            page.locator(".jp-CodeCell").nth(2).get_by_text("completed").first.wait_for()
            page.locator(".jp-CodeCell").nth(1).evaluate("(cell) => cell.scrollIntoView()")
            page.wait_for_timeout(300)
            page.screenshot(path=folder / f"notebook-{app}-{scheme}-{width}-ended.png")
            command(page, "docmanager:save")
        return served.folder / "bell.ipynb"


def page_of(chromium: "Browser", python: Path, folder: Path, notebook: Path, scheme: str, width: int) -> None:
    """The exported page."""
    made = Path(tempfile.mkdtemp())
    exported(python, notebook, made, *(["--theme", "dark"] if scheme == "dark" else []))
    with window(chromium, width, scheme) as page:
        page.goto((made / f"{notebook.stem}.html").as_uri())
        page.screenshot(path=folder / f"notebook-export-{scheme}-{width}.png", full_page=True)


def for_docs(chromium: "Browser", python: Path, folder: Path) -> None:
    """The picture of the documentation: two cells, in JupyterLab."""
    with serving(python, Path(tempfile.mkdtemp())) as served:
        write(served.folder / "bell.ipynb", [f"{OPEN}\n{SDK}", SHOWN, "await composite.execute()"])
        with opened(chromium, served, "bell.ipynb", width=1000) as page:
            page.set_viewport_size({"width": 1000, "height": 1300})
            command(page, "application:toggle-left-area")
            page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")
            page.get_by_text("7 of 20 ended").wait_for()
            first, last = (page.locator(".jp-CodeCell").nth(place).bounding_box() for place in (1, 2))
            assert first is not None
            assert last is not None
            high = last["y"] + last["height"] - first["y"]
            shot = page.screenshot(clip={"x": first["x"], "y": first["y"], "width": first["width"], "height": high})
    Image.open(BytesIO(shot)).convert("P", palette=Image.Palette.ADAPTIVE, colors=128).save(
        folder / "notebook.png", optimize=True
    )


def main(folder: Path, *, docs: bool) -> None:
    """Take the pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    if CHROMIUM is None:
        sys.exit("there is no chromium on this machine")
    python = python_with_jupyter()
    with browser() as chromium:
        if docs:
            for_docs(chromium, python, folder)
            return
        for app, scheme, width in (
            ("lab", "light", DESKTOP),
            ("lab", "dark", DESKTOP),
            ("notebook", "light", DESKTOP),
            ("notebook", "dark", PHONE),
        ):
            notebook = take(chromium, python, folder, app, scheme, width)
            page_of(chromium, python, folder, notebook, scheme, width)


if __name__ == "__main__":
    main(Path(sys.argv[1]), docs="--docs" in sys.argv)
