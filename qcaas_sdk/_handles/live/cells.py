"""What a cell of a notebook shows of a job or a composite."""

from attrs import frozen

from qcaas_sdk._handles.live.output import Bundle, Connect, LiveOutput, output_of
from qcaas_sdk._handles.live.subjects import Subject
from qcaas_sdk._handles.notebook_progress import in_notebook
from qcaas_sdk._handles.owner import Scheduler

_STILL = (
    '<div style="opacity:0.75">This picture does not move. For one that does: '
    '<code>pip install "qcaas-sdk[notebook]"</code></div>'
)


@frozen
class Cell:
    """What a cell shows, and the name under which it is updated.

    Attributes:
        bundle: What it shows.
        name: The name.
    """

    bundle: Bundle
    name: str

    def show(self) -> None:
        """Show it in the cell that runs now."""
        from IPython.display import display  # noqa: PLC0415  # a kernel has it

        display(dict(self.bundle), raw=True, display_id=self.name)


def cell_of(subject: Subject, scheduler: Scheduler) -> Cell | None:
    """A cell with a widget; None where a still picture is shown.

    Args:
        subject: The job or composite.
        scheduler: The scheduler of its SDK.
    """
    if not _moves(subject, scheduler) or (widget := _widget()) is None:
        return None
    output = output_of(subject.root) or LiveOutput(subject, widget, scheduler.on_close)
    return Cell(output.bundle(), output.view.name)


def bundle_of(subject: Subject, scheduler: Scheduler) -> Bundle:
    """What a notebook can show of a job or composite, by media type: a widget if it can, and the still picture.

    Args:
        subject: The job or composite.
        scheduler: The scheduler of its SDK.
    """
    cell = cell_of(subject, scheduler)
    if cell is not None:
        return cell.bundle
    bundle = subject.still()
    if "text/html" in bundle and _moves(subject, scheduler):
        bundle["text/html"] += _STILL
    return bundle


def _moves(subject: Subject, scheduler: Scheduler) -> bool:
    """Whether it can change while a notebook shows it."""
    return in_notebook() and not subject.root.ended and scheduler.is_open


def _widget() -> Connect | None:
    """Makes widgets; None if the extra is not installed."""
    try:
        from qcaas_sdk._handles.live.widget import WidgetView  # noqa: PLC0415  # an extra
    except ImportError:
        return None
    return WidgetView
