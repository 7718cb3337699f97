"""JupyterLab and Notebook in an environment of their own, notebooks, and a browser that runs them."""

import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import frozen

from tests.docs.browser import HEIGHTS, PHONE
from tests.support.environments import ROOT, environment

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

INSTALLED = ("jupyterlab==4.6.6", "notebook==7.6.5", "nbconvert==7.17.2", "ipykernel==7.4.0")
"""JupyterLab is too much for the environment of all tests."""

START_S = 60.0
GRAMMARS = "rfc3987_syntax"
"""Compiles 39 grammars when jsonschema imports it, if it is there: two seconds for each process."""

CLOSE = """async () => {
    for (const one of [...window.jupyterapp.shell.widgets('main')].filter((one) => one.sessionContext)) {
        await one.sessionContext.shutdown();
        one.dispose();
    }
}"""
"""Ends the notebooks that are open, and asks nothing about what is not saved."""

THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}


@frozen
class Jupyter:
    """A server of notebooks, with JupyterLab and Notebook.

    Attributes:
        url: Its address, without a slash at the end.
        folder: The folder of its notebooks.
        settings: The folder of what a user has set.
    """

    url: str
    folder: Path
    settings: Path

    def address(self, name: str, app: str = "lab") -> str:
        """The page of a notebook in an application; in JupyterLab, with a workspace of its own."""
        folder = f"lab/workspaces/{name.partition('.')[0]}/tree" if app == "lab" else "notebooks"
        return f"{self.url}/{folder}/{name}"

    def begin_in(self, scheme: str) -> None:
        """Have a theme, light or dark, in the pages that are opened from now on."""
        file = self.settings / "@jupyterlab" / "apputils-extension" / "themes.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"theme": THEMES[scheme], "adaptive-theme": False}))


def python_with_jupyter() -> Path:
    """The interpreter of an environment with JupyterLab and this checkout.

    Raises:
        AssertionError: It cannot be installed.
    """
    return environment("jupyter", INSTALLED, extras="local,notebook").absolute()


def exported(python: Path, notebook: Path, folder: Path, *options: str) -> str:
    """A notebook as a page, by nbconvert."""
    command = [str(python), "-m", "nbconvert", "--to", "html", "--output-dir", str(folder), *options, str(notebook)]
    done = subprocess.run(command, env=variables(folder), capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stderr
    return (folder / f"{notebook.stem}.html").read_text()


def write(path: Path, cells: Sequence[str]) -> None:
    """Write a notebook with cells of code."""
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    made = [
        {
            "cell_type": "code",
            "id": f"c{number}",
            "metadata": {},
            "source": cell,
            "outputs": [],
            "execution_count": None,
        }
        for number, cell in enumerate(cells)
    ]
    document = {"cells": made, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(document))


def outputs(path: Path) -> list[list[dict[str, Any]]]:
    """The outputs of each cell, as they are saved."""
    return [cell["outputs"] for cell in json.loads(path.read_text())["cells"]]


def variables(folder: Path) -> dict[str, str]:
    """The variables of a process that keeps its settings in a folder and finds this checkout."""
    own = {
        name: str(folder / name.lower()) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")
    }
    left_out = folder / "left_out"
    left_out.mkdir(exist_ok=True)
    (left_out / f"{GRAMMARS}.py").write_text("raise ImportError")
    path = os.pathsep.join([str(left_out), str(ROOT)])
    return {**os.environ, **own, "HOME": str(folder), "IPYTHONDIR": str(folder / "ipython"), "PYTHONPATH": path}


@contextmanager
def serving(python: Path, folder: Path) -> Iterator[Jupyter]:
    """A server on loopback whose notebooks are in `folder / "notebooks"`.

    Args:
        python: The interpreter of an environment with JupyterLab.
        folder: An empty folder.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    notebooks = folder / "notebooks"
    notebooks.mkdir(parents=True, exist_ok=True)
    served = Jupyter(f"http://127.0.0.1:{port}", notebooks, folder / "jupyter_config_dir" / "lab" / "user-settings")
    settings = folder / "jupyter_config_dir" / "labconfig"
    settings.mkdir(parents=True, exist_ok=True)
    chosen = {
        "@jupyterlab/apputils-extension:themes": {"adaptive-theme": False},
        "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
        "@jupyterlab/docmanager-extension:plugin": {"autosaveInterval": 3600},
    }
    (settings / "default_setting_overrides.json").write_text(json.dumps(chosen))
    command = [
        *(str(python), "-m", "jupyterlab"),
        *("--no-browser", "--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0", "--allow-root"),
        *("--IdentityProvider.token=", "--ServerApp.password=", "--expose-app-in-browser"),
        "--JupyterNotebookApp.expose_app_in_browser=True",
        *(f"--ServerApp.root_dir={notebooks}", "--FileContentsManager.delete_to_trash=False"),
    ]
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(command, cwd=notebooks, env=variables(folder), stdout=log, stderr=log)
        try:
            _wait_for(served.url, process, folder / "server.log")
            yield served
        finally:
            process.terminate()
            process.wait(30)


@contextmanager
def window_of(chromium: "Browser", url: str, *, width: int, scheme: Any = "light") -> Iterator["Page"]:
    """A page of a server in a window."""
    with chromium.new_context(
        viewport={"width": width, "height": HEIGHTS.get(width, 900)},
        color_scheme=scheme,
        device_scale_factor=2 if width == PHONE else 1,
    ) as context:
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.goto(url)
        yield page


@contextmanager
def opened(
    chromium: "Browser", jupyter: Jupyter, name: str, *, width: int, app: str = "lab", scheme: Any = "light"
) -> Iterator["Page"]:
    """A notebook in a window, with its kernel."""
    with window_of(chromium, jupyter.address(name, app), width=width, scheme=scheme) as page:
        wait_for_kernel(page)
        yield page


@contextmanager
def opened_in(page: "Page", name: str) -> Iterator[None]:
    """A notebook in a window that JupyterLab has already; it is closed in the end, and its kernel is shut down."""
    page.wait_for_function("() => window.jupyterapp?.restored.then(() => true)")
    command(page, "docmanager:open", path=name)
    try:
        wait_for_kernel(page)
        yield
    finally:
        page.evaluate(CLOSE)


def wait_for_kernel(page: "Page") -> None:
    """Wait until the notebook is there and its kernel is ready."""
    page.wait_for_function("window.jupyterapp && document.querySelector('.jp-Notebook .jp-Cell')")
    page.wait_for_function(
        "() => [...window.jupyterapp.shell.widgets('main')].map((one) => one.sessionContext)"
        ".some((one) => one?.isReady && one.session?.kernel?.status === 'idle')"
    )


def exported_in(page: "Page", name: str) -> str:
    """A notebook as a page, by the server's nbconvert: what the menu of JupyterLab exports."""
    read = """async (name) => {
        const answer = await fetch(`/nbconvert/html/${name}`);
        if (!answer.ok) throw new Error(await answer.text());
        return answer.text();
    }"""
    html: str = page.evaluate(read, name)
    return html


def command(page: "Page", name: str, **arguments: str) -> None:
    """Run a command of JupyterLab, and wait for it."""
    run = "async ([name, given]) => { await window.jupyterapp.commands.execute(name, given); }"
    page.evaluate(run, [name, arguments])


def _wait_for(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(f"{url}/api", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    raise AssertionError(f"JupyterLab did not start:\n{log.read_text()}")
