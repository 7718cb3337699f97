"""The widget, and the outputs of cells that it is part of. Needs the extra `notebook`."""

import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from qcaas_sdk._handles.live.output import Bundle
from qcaas_sdk._handles.live.subjects import Document
from qcaas_sdk.diagrams.browser_drawing import STATIC
from qcaas_sdk.diagrams.diagram import MimeBundle

VIEW = "application/vnd.jupyter.widget-view+json"
OWN = Path(__file__).parent / "static"


class WidgetView:
    """One widget, and the cells that show it.

    Attributes:
        name: Names the outputs of these cells.
        widget: The widget. `constant` and `shown` are its data; it never sends any.
    """

    def __init__(self, constant: Document, shown: Document, again: Callable[[], None]) -> None:
        """A widget that no cell shows yet.

        Args:
            constant: What does not change.
            shown: What it shows first.
            again: Called when a cell shows it again, in the thread of the kernel.
        """
        self.widget: Any = _widget()(constant=constant, shown=shown, _view_count=0)
        self.name: str = self.widget.model_id
        self.hidden = False
        self._again = again
        self._over = False
        self.widget.observe(self._counted, "_view_count")

    def bundle(self, still: MimeBundle) -> Bundle:
        """The widget; where widgets are off, the still picture is shown."""
        return {**still, VIEW: {"version_major": 2, "version_minor": 0, "model_id": self.name}}

    def update(self, shown: Document) -> None:
        """Show something else."""
        self.widget.shown = shown

    def finish(self, shown: Document, still: MimeBundle) -> None:
        """Show the still picture in place of the widget; in the widget too, for where cells cannot be changed."""
        from IPython.display import update_display  # noqa: PLC0415  # a kernel has it

        self._over = True
        self.widget.shown = shown
        update_display(dict(still), raw=True, display_id=self.name)
        if self.hidden:
            self.widget.close()

    def _counted(self, change: Any) -> None:
        """The number of places that show it has changed."""
        hidden, self.hidden = self.hidden, change["new"] == 0
        if self._over and self.hidden:
            self.widget.close()
        elif hidden and not self.hidden:
            self._again()


@cache
def _widget() -> Any:
    synced = {name: traitlets.Dict().tag(sync=True) for name in ("constant", "shown")}
    return type("JobWidget", (anywidget.AnyWidget,), {"_esm": script(), **synced})


@cache
def script() -> str:
    """The script of the widget: the files that it shares with the live page, and its own, as one module."""
    shared = "".join((STATIC / name).read_text("utf-8") for name in ("text.js", "bar.js", "chart.js"))
    style = (STATIC / "picture.css").read_text("utf-8") + (OWN / "widget.css").read_text("utf-8")
    own = (OWN / "widget.js").read_text("utf-8")
    return f"const STYLE = {json.dumps(style)};\n{_joined(shared)}{_joined(own)}export default {{ render }};\n"


def _joined(module: str) -> str:
    """The text of a module without its imports and exports."""
    return re.sub(r"(?m)^import .*?;\n|^export (?=const )", "", module)
