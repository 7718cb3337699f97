"""When a cell gets a widget, and what it shows where there is none."""

import sys

import pytest

from qcaas_sdk import OqcSdk
from qcaas_sdk.diagrams.browser_drawing import STATIC
from qcaas_sdk.testing import SimulatedQpu
from tests.diagrams.scenes import in_virtual_time
from tests.notebooks.kernel import VIEW, Kernel
from tests.support.programs import BELL

HINT = 'pip install "qcaas-sdk[notebook]"'


async def test_without_a_notebook_nothing_is_displayed() -> None:
    async with OqcSdk.local() as sdk:
        job, composite = sdk.create_job(program=BELL), sdk.create_job(program=[BELL])
        for one in (job, composite):
            with pytest.raises(NotImplementedError):  # which IPython takes for: ask for the bundle
                one._ipython_display_()
            assert set(one._repr_mimebundle_()) == {"text/plain", "text/html", "image/svg+xml"}


def test_a_cell_gets_the_widget_and_the_still_picture(kernel: Kernel) -> None:
    async def scene(sdk: OqcSdk) -> None:
        for one in (sdk.create_job(program=BELL), sdk.create_job(program=[BELL])):
            one._ipython_display_()
            bundle, name = kernel.displayed[-1]
            assert set(bundle) == {"text/plain", "text/html", "image/svg+xml", VIEW}
            assert bundle[VIEW] == name
            assert bundle["text/plain"] == repr(one)
            assert HINT not in bundle["text/html"]

    in_virtual_time(scene, SimulatedQpu())


def test_without_the_extra_the_picture_says_how_it_would_move(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "qcaas_sdk._handles.live.widget", None)

    async def scene(sdk: OqcSdk) -> None:
        job = sdk.create_job(program="OPENQASM 3;")
        with pytest.raises(NotImplementedError):
            job._ipython_display_()
        assert HINT in job._repr_mimebundle_()["text/html"].replace("&quot;", '"')
        await job.execute()
        assert HINT not in job._repr_mimebundle_()["text/html"]
        assert not kernel.displayed

    in_virtual_time(scene, SimulatedQpu())


def test_what_has_ended_needs_no_widget(kernel: Kernel) -> None:
    async def scene(sdk: OqcSdk) -> None:
        job = sdk.create_job(program="OPENQASM 3;")
        await job.execute()
        with pytest.raises(NotImplementedError):
            job._ipython_display_()
        assert VIEW not in job._repr_mimebundle_()

    in_virtual_time(scene, SimulatedQpu())
    assert not kernel.views


def test_without_async_too(kernel: Kernel) -> None:
    with OqcSdk.sync.local() as sdk:
        job, composite = sdk.create_job(program=BELL), sdk.create_job(program=[BELL] * 3)
        job._ipython_display_()
        composite._ipython_display_()
        assert len(kernel.displayed) == 2
        job.execute()
        composite.execute()
        first, second = kernel.views
        assert first.updates[0][1]["told"] == "submitted"
        assert first.ends[0][0]["told"] == "completed"
        assert second.ends[0][0]["counts"] == [0, 0, 0, 3, 0, 0]
        with pytest.raises(NotImplementedError):
            job._ipython_display_()


def test_the_live_page_and_the_widget_share_their_drawing() -> None:
    assert {file.name for file in STATIC.iterdir()} == {"bar.js", "chart.js", "picture.css", "text.js"}
