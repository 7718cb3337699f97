"""A picture of a chart, in every format and in notebooks."""

from pathlib import Path
from typing import TYPE_CHECKING

from qcaas_sdk._base.text import one_line
from qcaas_sdk._guards import arguments
from qcaas_sdk.diagrams.notebook import image
from qcaas_sdk.diagrams.picture import Picture
from qcaas_sdk.errors import InvalidArgument, MissingExtra

if TYPE_CHECKING:
    from qcaas_sdk.diagrams.drawable_chart import DrawnChart

MimeBundle = dict[str, str]
"""What a notebook can show, by media type."""


class Diagram:
    """A picture of a chart, possibly with the history of a job. It does not change after it is made.

    `print(diagram)` shows it as text; a notebook shows it as SVG (extra `diagrams`), as Mermaid or as text.

    Attributes:
        chart: The chart.
        picture: The content of the picture.
    """

    def __init__(self, chart: "DrawnChart", picture: Picture) -> None:
        """A picture of a chart.

        Args:
            chart: The chart.
            picture: The content of the picture.
        """
        self.chart = chart
        self.picture = picture

    def mermaid(self) -> str:
        """The picture as a Mermaid diagram (`stateDiagram-v2`)."""
        from qcaas_sdk.diagrams.renderers.mermaid import mermaid  # noqa: PLC0415  # import a format only when it is used

        return mermaid(self.picture)

    def dot(self) -> str:
        """The picture as a DOT file, for Graphviz."""
        from qcaas_sdk.diagrams.renderers.dot import dot  # noqa: PLC0415  # as above

        return dot(self.picture)

    def scxml(self, children: int | None = None) -> str:
        """The chart, without history, as SCXML. Other state machine engines can run it.

        Args:
            children: For the chart of a composite, how many children are exported with it; None exports none.
        """
        from qcaas_sdk.diagrams.renderers.scxml import scxml  # noqa: PLC0415  # as above

        return scxml(self.chart, children)

    def svg(self) -> str:
        """The picture as an SVG document, in light and dark colours. Its text can be selected and searched.

        Raises:
            MissingExtra: The extra `diagrams` is not installed.
        """
        from qcaas_sdk.diagrams.renderers.svg import svg  # noqa: PLC0415  # as above

        return svg(self.picture)

    def png(self) -> bytes:
        """The picture as a PNG file at two pixels per unit. It uses the fonts of this machine.

        Raises:
            MissingExtra: The extra `diagrams` is not installed.
        """
        from qcaas_sdk.diagrams.renderers.png import png  # noqa: PLC0415  # as above

        return png(self.picture)

    def save(self, path: str | Path) -> None:
        """Write the picture to a file. The extension sets the format: .mmd, .dot, .svg, .png, .scxml or .txt.

        Raises:
            InvalidArgument: The extension is not one of these.
            MissingExtra: As `svg`.
            OSError: The file cannot be written.
        """
        path = arguments.path(path, "path")
        form = {".mmd": "mermaid", ".txt": "text"}.get(path.suffix, path.suffix.removeprefix("."))
        if form not in FORMATS:
            raise InvalidArgument(
                f"cannot save {path.name}: use the extension .mmd, .dot, .svg, .png, .scxml or .txt", argument="path"
            )
        path.write_bytes(self.as_bytes(form))

    def as_bytes(self, form: str) -> bytes:
        """The picture as the content of a file.

        Args:
            form: One of `FORMATS`.

        Raises:
            MissingExtra: As `svg`.
        """
        drawn: str | bytes = str(self) if form == "text" else getattr(self, form)()
        return drawn if isinstance(drawn, bytes) else drawn.encode()

    def __str__(self) -> str:
        from qcaas_sdk.diagrams.renderers.text import text  # noqa: PLC0415  # as above

        return text(self.picture)

    def __repr__(self) -> str:
        return one_line(f"<Diagram {self.picture.title!r}>")

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> MimeBundle:
        bundle = {"text/plain": str(self)}
        try:
            svg = self.svg()
            bundle |= {"text/html": image(svg, self.picture.summary), "image/svg+xml": svg}
        except MissingExtra:  # the other formats need no extra
            bundle["text/vnd.mermaid"] = self.mermaid()
        return bundle


FORMATS = ("mermaid", "dot", "svg", "png", "scxml", "text")
