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
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}


@frozen
class Jupyter:
    """A server of notebooks.

    Attributes:
        url: Its address, without a slash at the end.
        folder: The folder of its notebooks.
        app: `lab` or `notebook`.
    """

    url: str
    folder: Path
    app: str

    def address(self, name: str) -> str:
        """The page of a notebook; in JupyterLab, with a workspace of its own."""
        folder = f"lab/workspaces/{name.partition('.')[0]}/tree" if self.app == "lab" else "notebooks"
        return f"{self.url}/{folder}/{name}"


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
    return {**os.environ, **own, "HOME": str(folder), "IPYTHONDIR": str(folder / "ipython"), "PYTHONPATH": str(ROOT)}


@contextmanager
def serving(python: Path, folder: Path, *, app: str = "lab", scheme: str = "light") -> Iterator[Jupyter]:
    """A server on loopback whose notebooks are in `folder / "notebooks"`.

    Args:
        python: The interpreter of an environment with JupyterLab.
        folder: An empty folder.
        app: `lab` or `notebook`.
        scheme: `light` or `dark`.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    notebooks = folder / "notebooks"
    notebooks.mkdir(parents=True, exist_ok=True)
    settings = folder / "jupyter_config_dir" / "labconfig"
    settings.mkdir(parents=True, exist_ok=True)
    chosen = {
        "@jupyterlab/apputils-extension:themes": {"theme": THEMES[scheme], "adaptive-theme": False},
        "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
        "@jupyterlab/docmanager-extension:plugin": {"autosaveInterval": 3600},
    }
    (settings / "default_setting_overrides.json").write_text(json.dumps(chosen))
    command = [
        *(str(python), "-m", "jupyterlab" if app == "lab" else "notebook"),
        *("--no-browser", "--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0", "--allow-root"),
        *("--IdentityProvider.token=", "--ServerApp.password=", "--expose-app-in-browser"),
        *(f"--ServerApp.root_dir={notebooks}", "--FileContentsManager.delete_to_trash=False"),
    ]
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(command, cwd=notebooks, env=variables(folder), stdout=log, stderr=log)
        url = f"http://127.0.0.1:{port}"
        try:
            _wait_for(url, process, folder / "server.log")
            yield Jupyter(url, notebooks, app)
        finally:
            process.terminate()
            process.wait(30)


@contextmanager
def opened(
    chromium: "Browser", jupyter: Jupyter, name: str, *, width: int, scheme: Any = "light"
) -> Iterator["Page"]:
    """A notebook in a window, with its kernel."""
    with chromium.new_context(
        viewport={"width": width, "height": HEIGHTS.get(width, 900)},
        color_scheme=scheme,
        device_scale_factor=2 if width == PHONE else 1,
    ) as context:
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.goto(jupyter.address(name))
        page.wait_for_function("window.jupyterapp && document.querySelector('.jp-Notebook .jp-Cell')")
        page.wait_for_function(
            "() => [...window.jupyterapp.shell.widgets('main')].map((one) => one.sessionContext)"
            ".some((one) => one?.isReady && one.session?.kernel?.status === 'idle')"
        )
        yield page


def command(page: "Page", name: str) -> None:
    """Run a command of JupyterLab, and wait for it."""
    page.evaluate("(name) => window.jupyterapp.commands.execute(name)", name)


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
