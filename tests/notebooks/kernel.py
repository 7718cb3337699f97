"""What stands in for the kernel of a notebook, and for its widgets."""

import asyncio
import sys
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

VIEW = "application/vnd.jupyter.widget-view+json"


class FakeView:
    """Keeps what a widget would show, and when."""

    def __init__(self, constant: dict[str, Any], shown: dict[str, Any], again: Callable[[], None]) -> None:
        self.constant, self.first, self.again = constant, shown, again
        self.name = f"view {id(self)}"
        self.hidden = self.broken = False
        self.updates: list[tuple[float, dict[str, Any]]] = []
        self.ends: list[tuple[dict[str, Any], dict[str, str]]] = []

    def bundle(self, still: dict[str, str]) -> dict[str, Any]:
        return {**still, VIEW: self.name}

    def update(self, shown: dict[str, Any]) -> None:
        if self.broken:
            raise ConnectionError("the kernel is about to end")
        self.updates.append((asyncio.get_running_loop().time(), shown))

    def finish(self, shown: dict[str, Any], still: dict[str, str]) -> None:
        if self.broken:
            raise ConnectionError("the kernel is about to end")
        self.ends.append((shown, still))


class Kernel:
    """Keeps what cells display.

    Attributes:
        displayed: What was displayed, and under which name.
        views: The views that were made.
    """

    def __init__(self) -> None:
        self.displayed: list[tuple[dict[str, Any], str]] = []
        self.views: list[FakeView] = []

    def display(self, bundle: dict[str, Any], *, raw: bool, display_id: str) -> None:
        assert raw
        self.displayed.append((bundle, display_id))

    def view(self, constant: dict[str, Any], shown: dict[str, Any], again: Callable[[], None]) -> FakeView:
        self.views.append(FakeView(constant, shown, again))
        return self.views[-1]


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Kernel:
    """A notebook, with widgets."""
    kept = Kernel()
    ipython, display, widget = (ModuleType(name) for name in ("IPython", "IPython.display", "widget"))
    vars(ipython)["get_ipython"] = lambda: SimpleNamespace(kernel=object())
    vars(display)["display"] = kept.display
    vars(widget)["WidgetView"] = kept.view
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    monkeypatch.setitem(sys.modules, "qcaas_sdk._handles.live.widget", widget)
    return kept
