"""Shows the code of a sign-in: on the terminal, with a QR code if it can, or as a link in a notebook."""

import sys
from typing import TextIO

from qcaas_sdk._oidc.device import DeviceCode


def show(code: DeviceCode) -> None:
    """Show a code, in a notebook as a link and otherwise on stderr."""
    if not _shown_in_notebook(code):
        write(code, sys.stderr)


def write(code: DeviceCode, out: TextIO) -> None:
    """Write a code to a stream, with a QR code if that is a terminal and the package `segno` is installed."""
    where = code.verification_uri_complete or code.verification_uri
    todo = "check that it shows" if code.verification_uri_complete else "enter"
    out.write(f"To sign in, open this address in a browser:\n\n    {where}\n\n")
    out.write(f"and {todo} the code {code.user_code}. It is valid for {code.expires_in_s / 60:.2g} min.\n")
    out.flush()
    if out.isatty():
        _write_qr(where, out)


def _write_qr(text: str, out: TextIO) -> None:
    try:
        import segno  # noqa: PLC0415  # an extra
    except ImportError:
        return
    try:
        segno.make(text, error="l", micro=False).terminal(out=out, compact=True)
    except (ValueError, UnicodeError):  # too long, or a terminal without block characters
        return


def _shown_in_notebook(code: DeviceCode) -> bool:
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is None or not hasattr(shell, "kernel"):
        return False
    sys.modules["IPython"].display.display(_Link(code))
    return True


class _Link:
    """A code as a link."""

    def __init__(self, code: DeviceCode) -> None:
        self._code = code

    def __repr__(self) -> str:
        return f"Sign in at {self._code.verification_uri} with the code {self._code.user_code}"

    def _repr_html_(self) -> str:
        import html  # noqa: PLC0415  # slow to import

        where = html.escape(self._code.verification_uri_complete or self._code.verification_uri)
        code = html.escape(self._code.user_code)
        return f'Sign in: <a href="{where}" target="_blank" rel="noopener">{where}</a>, code <b>{code}</b>'
