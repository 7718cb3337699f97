"""Two code blocks beside each other: one for a published package, and the one that follows it.

A fence whose info string names a published package (```` ```python oqc-qcaas-sdk ````) and the Python fence right
after it become two columns on a wide page. Other readers of Markdown see two blocks, one after the other.
"""

import re

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx

PAIR = re.compile(
    r"^```python (?P<package>oqc-[\w-]+)\n(?P<there>.*?)^```\n\n^```python\n(?P<here>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
COLUMNS = """\
`````{{side-by-side}}
```{{code-block}} python
:caption: {package}
{there}```
```{{code-block}} python
:caption: qcaas_sdk
{here}```
`````"""


class SideBySide(Directive):
    """The columns, as a container."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Both blocks in one `div`."""
        container = nodes.container(classes=["side-by-side"])
        self.state.nested_parse(self.content, self.content_offset, container)
        return [container]


def pair_up(_app: Sphinx, _page: str, source: list[str]) -> None:
    """Put the pairs of a page into columns."""
    source[0] = PAIR.sub(lambda pair: COLUMNS.format_map(pair.groupdict()), source[0])


def setup(app: Sphinx) -> dict[str, bool]:
    """What Sphinx calls."""
    app.add_directive("side-by-side", SideBySide)
    app.connect("source-read", pair_up)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
