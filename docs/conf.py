"""The documentation site: `make docs`."""

import re
import sys
from enum import Enum
from pathlib import Path

import attrs
from sphinx.application import Sphinx

from qcaas_sdk import (
    ChildEvent,
    CompositeJob,
    Job,
    JobOutput,
    JobOutputProxy,
    QcaasError,
    __version__,
)
from qcaas_sdk.local import EmbeddedCloud
from qcaas_sdk.statechart import Chart, Choice, Invariant, State, Transition, TransitionEvent, TransitionLock
from qcaas_sdk.testing import Execution, Ledger, LifecycleMachine, OnCloud, RequestRecord, Violation

sys.path.insert(0, str(Path(__file__).parent / "extensions"))

project = "qcaas_sdk"
release = version = __version__
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "side_by_side",
    "state_diagrams",
]
exclude_patterns = ["_build", "extensions"]
suppress_warnings = ["toc.not_readable"]  # a page that is still being written joins by being there

myst_heading_anchors = 3
smartquotes_action = "D"  # dashes, but quotes as they were written
default_role = "py:obj"  # a docstring writes `name` as Markdown does

autodoc_default_options = {"members": True}
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 80

html_theme = "furo"
pygments_dark_style = "github-dark"
html_title = f"qcaas_sdk {version}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_copyright = False
html_show_sphinx = False
html_copy_source = False
html_show_sourcelink = False
copybutton_prompt_text = r"\$ "
copybutton_prompt_is_regexp = True

NOT_MADE_BY_USERS = (
    *(Job, CompositeJob, ChildEvent, JobOutput, JobOutputProxy, QcaasError, Enum),
    *(Chart, State, Transition, Choice, Invariant, TransitionEvent, TransitionLock),
    *(EmbeddedCloud, Ledger, RequestRecord, Execution, Violation, LifecycleMachine, OnCloud),
)
"""Classes whose constructors are nobody's business: the reference shows what they hold, not how they are made."""


def without_constructor(
    _app: Sphinx, kind: str, _name: str, thing: object, _options: object, signature: str | None, returns: str | None
) -> tuple[str | None, str | None]:
    """The signature as the reference shows it."""
    if signature is None or kind not in {"class", "exception"} or not isinstance(thing, type):
        return signature, returns
    if issubclass(thing, NOT_MADE_BY_USERS) or getattr(thing, "_is_protocol", False):
        return "", ""
    if attrs.has(thing):
        signature = re.sub(r"attr_dict\['(\w+)'\]\.default", lambda name: _default(thing, name[1]), signature)
        signature = signature.replace(" = NOTHING", " = ...")
    return signature, returns


def _default(kind: type, name: str) -> str:
    default = repr(attrs.fields_dict(kind)[name].default)
    return default if len(default) < 40 else "..."


def setup(app: Sphinx) -> None:
    """What Sphinx calls."""
    app.connect("autodoc-process-signature", without_constructor)
