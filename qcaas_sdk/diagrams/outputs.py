"""Results and errors as notebooks show them: escaped HTML tables that load nothing."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from qcaas_sdk._base.text import counted, cut, one_line, one_line_html
from qcaas_sdk.diagrams.diagram import MimeBundle

if TYPE_CHECKING:
    from qcaas_sdk.diagrams.drawable import DrawnOutput

MAX_ROWS = 16
"""Maximum number of bitstrings or outputs that are shown; the rest is counted."""

WIDEST = 120
"""Maximum width of an error, or of a result without counts."""

BAR = "display:inline-block;height:0.7em;background:#0072B2"


def shown(output: "DrawnOutput") -> MimeBundle:
    """A result as the counts of each register, or an error as the message of the server."""
    return {"text/plain": one_line(repr(output)), "text/html": f"<div>{_head(output)}{_body(output)}</div>"}


def shown_together(outputs: "Sequence[DrawnOutput]", numbers: Sequence[int], text: str) -> MimeBundle:
    """Outputs as a table, one line each.

    Args:
        outputs: The outputs.
        numbers: The number of each.
        text: The same as plain text.
    """
    numbered = zip(numbers, outputs[:MAX_ROWS], strict=False)
    rows = [[str(number), _task(output), _outcome(output)] for number, output in numbered]
    table = _table(["", "task", "outcome"], rows)
    return {"text/plain": one_line(text), "text/html": f"<div>{table}{_more(len(outputs))}</div>"}


def _head(output: "DrawnOutput") -> str:
    task, qpu = one_line_html(_task(output)), one_line_html(output.qpu_id)
    return f"<b>{one_line_html(_kind(output))}</b> of task {task} on {qpu}"


def _body(output: "DrawnOutput") -> str:
    error = getattr(output, "short", None)
    if isinstance(error, str):
        return f"<pre>{one_line_html(error)}</pre>"
    data = getattr(output, "data", None)
    if isinstance(data, Mapping) and data and all(_is_counts(counts) for counts in data.values()):
        return "".join(_counts(str(register), counts) for register, counts in data.items())
    return "" if data is None else f"<pre>{one_line_html(cut(one_line(repr(data)), WIDEST))}</pre>"


def _is_counts(value: object) -> bool:
    return isinstance(value, Mapping) and all(type(count) is int and count >= 0 for count in value.values())


def _counts(register: str, counts: Mapping[str, int]) -> str:
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    most, shots = max(counts.values(), default=0), sum(counts.values())
    rows = "".join(
        f"<tr><td><code>{one_line_html(str(bits))}</code></td><td>{count:,}</td>"
        f'<td style="text-align:left"><span style="{BAR};width:{10 * count / max(1, most):.2f}em"></span></td></tr>'
        for bits, count in ranked[:MAX_ROWS]
    )
    head = f"<tr><th>{one_line_html(register)}</th><th>{counted(shots, 'shot')}</th><th></th></tr>"
    return f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>{_more(len(ranked))}"


def _outcome(output: "DrawnOutput") -> str:
    error = getattr(output, "short", None)
    if isinstance(error, str):
        return f"error {cut(one_line(error), WIDEST)}"
    data = getattr(output, "data", None)
    return _kind(output) if data is None else f"result {cut(one_line(repr(data)), WIDEST)}"


def _kind(output: "DrawnOutput") -> str:
    if output.is_error:
        return "error"
    return "result" if output.ok else f"no output ({getattr(output, 'state', '')})"


def _task(output: "DrawnOutput") -> str:
    return output.task_id or "(not submitted)"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    titles = "".join(f"<th>{one_line_html(title)}</th>" for title in head)
    cells = [[f'<td style="text-align:left">{one_line_html(cell)}</td>' for cell in row] for row in rows]
    body = "".join(f"<tr>{''.join(row)}</tr>" for row in cells)
    return f"<table><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table>"


def _more(there: int) -> str:
    return f"<p>and {there - MAX_ROWS:,} more</p>" if there > MAX_ROWS else ""
