"""The widget itself: what its model holds, what is sent to the browser, and its script. Needs anywidget."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("anywidget", reason="anywidget is not installed: it is in the extra `notebook`")

from qcaas_sdk import OqcSdk
from qcaas_sdk.testing import SimulatedQpu
from tests.diagrams.scenes import in_virtual_time
from tests.notebooks.kernel import VIEW

MAX_UPDATE = 300
MAX_BEGIN = 40_000


class Comm:
    """Stands in for the channel to the browser: it keeps what is sent."""

    made: "list[Comm]"

    def __init__(self, **options: Any) -> None:
        self.comm_id = f"comm-{len(self.made)}"
        self.kernel = object()
        self.opened, self.sent, self.closed = options["data"], [], False
        self.made.append(self)

    def on_msg(self, callback: Any) -> None:
        self.received = callback

    def on_close(self, callback: Any) -> None:
        pass

    def send(self, data: Any = None, metadata: Any = None, buffers: Any = None) -> None:
        assert not buffers
        self.sent.append(data)

    def close(self, *_: Any, **__: Any) -> None:
        self.closed = True

    def from_browser(self, **state: Any) -> None:
        """The browser changes data of the model."""
        data = {"method": "update", "state": state, "buffer_paths": []}
        self.received({"content": {"data": data}, "buffers": []})

    def updates(self) -> list[Any]:
        return [one["state"]["shown"] for one in self.sent if one["method"] == "update" and "shown" in one["state"]]


@pytest.fixture
def comms(monkeypatch: pytest.MonkeyPatch) -> list[Comm]:
    made: list[Comm] = []
    monkeypatch.setattr(Comm, "made", made, raising=False)
    monkeypatch.setattr("comm.create_comm", Comm)
    monkeypatch.setattr("qcaas_sdk._handles.live.cells.in_notebook", lambda: True)
    return made


@pytest.fixture
def replaced(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, str]]]:
    """What takes the place of an output, by its name."""
    kept: list[tuple[str, dict[str, str]]] = []

    def update(bundle: dict[str, str], *, raw: bool, display_id: str) -> None:
        assert raw
        kept.append((display_id, bundle))

    monkeypatch.setattr("IPython.display.update_display", update)
    return kept


def model_of(comms: list[Comm]) -> Comm:
    (one,) = [comm for comm in comms if comm.opened["state"].get("_model_module") == "anywidget"]
    return one


def test_a_composite_sends_its_chart_once_and_then_only_numbers(comms: list[Comm], replaced: list[Any]) -> None:
    async def scene(sdk: OqcSdk) -> None:
        composite = sdk.create_job(program=["OPENQASM 3;"] * 200)
        bundle = composite._repr_mimebundle_()
        model = model_of(comms)
        assert bundle[VIEW]["model_id"] == model.comm_id
        begin = model.opened["state"]
        assert begin["shown"]["counts"] == [200, 0, 0, 0, 0, 0]
        assert {node["name"] for node in begin["constant"]["chart"]["nodes"]} >= {"created", "running", "cancelled"}
        assert len(json.dumps(begin)) <= MAX_BEGIN
        await composite.execute()
        *moving, last = model.updates()
        assert moving
        assert all(len(json.dumps(one)) <= MAX_UPDATE for one in moving)
        assert last["over"]
        assert last["counts"] == [0, 0, 0, 200, 0, 0]
        ((name, still),) = replaced
        assert name == model.comm_id
        assert still == composite._repr_mimebundle_()
        assert VIEW not in still
        assert not model.closed, "a cell shows it, and perhaps cannot be changed"
        model.from_browser(_view_count=1)
        model.from_browser(_view_count=0)
        assert model.closed

    in_virtual_time(scene, SimulatedQpu())


def test_a_cell_that_was_cleared_gets_nothing_and_one_that_is_back_gets_the_state(
    comms: list[Comm], replaced: list[Any]
) -> None:
    async def scene(sdk: OqcSdk) -> None:
        job, other = sdk.create_job(program="OPENQASM 3;"), sdk.create_job(program="OPENQASM 3;")
        job._repr_mimebundle_()
        model = model_of(comms)
        await job.submit()
        assert not model.updates()
        await other.submit()
        assert [one["told"] for one in model.updates()] == ["submitted"]
        model.from_browser(_view_count=1)
        model.from_browser(_view_count=0)
        await job.execute()
        assert [one["told"] for one in model.updates()] == ["submitted", "completed"]
        assert model.closed
        assert len(replaced) == 1

    in_virtual_time(scene, SimulatedQpu())


def test_the_script_is_one_module_that_loads_nothing(tmp_path: Path) -> None:
    from qcaas_sdk._handles.live.widget import script

    text = script()
    assert not re.findall(r"(?m)^import |\bfetch\(|innerHTML|https?://(?!www\.w3\.org/2000/svg)", text)
    assert re.findall(r"(?m)^export .*", text) == ["export default { render };"]
    names = re.findall(r"(?m)^const (\w+)", text)
    assert len(names) == len(set(names))
    if (node := shutil.which("node")) is not None:
        (tmp_path / "widget.mjs").write_text(text)
        subprocess.run([node, "--check", tmp_path / "widget.mjs"], check=True)
