"""Pictures as notebooks show them: an image with alternative text, as wide as the page at most."""

from base64 import b64encode

from qcaas_sdk._base.text import one_line_html


def image(svg: str, alt: str) -> str:
    """An SVG document as an HTML image. Scripts and styles of the page do not reach it, and it loads nothing.

    Args:
        svg: The document.
        alt: What it shows, in words.
    """
    source = f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"
    return f'<img src="{source}" alt="{one_line_html(alt)}" style="max-width:100%;height:auto">'
