"""A sequence diagram, in every format and in notebooks."""

from pathlib import Path

from qcaas_sdk._base.text import one_line
from qcaas_sdk._guards import arguments
from qcaas_sdk.diagrams.diagram import MimeBundle
from qcaas_sdk.diagrams.notebook import image
from qcaas_sdk.diagrams.renderers.sequence_mermaid import sequence_mermaid
from qcaas_sdk.diagrams.renderers.sequence_svg import sequence_svg
from qcaas_sdk.diagrams.renderers.sequence_text import sequence_text
from qcaas_sdk.diagrams.sequence_picture import SequencePicture
from qcaas_sdk.errors import InvalidArgument


class SequenceDiagram:
    """Who did what, in order. It does not change after it is made, and needs no extra.

    `print(diagram)` shows it as text; a notebook shows a picture.

    Attributes:
        picture: The content of the picture.
    """

    def __init__(self, picture: SequencePicture) -> None:
        """A sequence diagram.

        Args:
            picture: The content of the picture.
        """
        self.picture = picture

    def mermaid(self) -> str:
        """The picture as a Mermaid diagram (`sequenceDiagram`)."""
        return f"{sequence_mermaid(self.picture)}\n"

    def svg(self) -> str:
        """The picture as an SVG document, in light and dark colours. Its text can be selected and searched."""
        return sequence_svg(self.picture)

    def save(self, path: str | Path) -> None:
        """Write the picture to a file. The extension sets the format: .mmd, .svg or .txt.

        Raises:
            InvalidArgument: The extension is not one of these.
            OSError: The file cannot be written.
        """
        path = arguments.path(path, "path")
        forms = {".mmd": self.mermaid, ".svg": self.svg, ".txt": self.__str__}
        if path.suffix not in forms:
            raise InvalidArgument(f"cannot save {path.name}: use the extension .mmd, .svg or .txt", argument="path")
        path.write_text(forms[path.suffix](), encoding="utf-8")

    def __str__(self) -> str:
        return sequence_text(self.picture)

    def __repr__(self) -> str:
        return one_line(f"<SequenceDiagram {self.picture.title!r}>")

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> MimeBundle:
        return {"text/plain": str(self), "text/html": image(self.svg(), self.picture.summary)}
