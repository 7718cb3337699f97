"""Text from outside is shown as text: in messages, on terminals, in pictures, in notebooks. The data is untouched."""

import json
import re
import unicodedata
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qcaas_sdk import JobError, JobResult, QcaasError, ServerWarning, UnknownRegister
from qcaas_sdk._base.text import cut, one_line, one_line_html, padded, width, xml_comment
from tests.support.examples import scaled
from tests.support.hostile import STATUSES, TEXT, Met, check_line, check_lines, each_nasty, slow, without_halves


def as_json(text: str) -> str:
    """The text after its way as JSON: two halves that follow each other have become one character."""
    parsed: str = json.loads(json.dumps(text))
    return parsed


# The functions.


@given(st.text(st.characters(exclude_categories=())))
def test_one_line_is_one_line_of_printable_text_and_the_same_the_second_time(text: str) -> None:
    shown = one_line(text)
    assert shown.isprintable()
    assert len(shown.splitlines()) <= 1
    assert one_line(shown) == shown
    shown.encode()


def test_every_character_that_can_be_seen_stays_and_no_other() -> None:
    for number in (*range(0x30000), *range(0xE0000, 0xE0200), 0x10FFFF):
        char = chr(number)
        shown = one_line(char)
        if char.isspace():
            assert shown == " "
        elif unicodedata.category(char)[0] in "CZ":
            assert re.fullmatch(r"\\(x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})", shown), hex(number)
        else:
            assert shown in {char, char.encode("ascii", "backslashreplace").decode()}


@pytest.mark.parametrize("char", "\u034f\u115f\u1160\u17b4\u180b\u180f\u2800\u3164\ufe0f\uffa0\U000e0100\U000e01ef")
def test_letters_that_show_nothing_are_written_as_what_they_are(char: str) -> None:
    assert one_line(f"a{char}b") == f"a{char.encode('ascii', 'backslashreplace').decode()}b"


@pytest.mark.parametrize("text", ["plain", "größer", "日本語", "नमस्ते", "שלום", "e\u0301", "🙂", "a\\b"])
def test_what_people_write_stays_what_it_is(text: str) -> None:
    assert one_line(text) == text


@each_nasty()
@given(text=TEXT)
def test_what_goes_into_xml_comes_out_of_it(text: str) -> None:
    root = ET.fromstring(f'<a b="{one_line_html(text)}">{one_line_html(text)}<!--{xml_comment(text)}--></a>')
    assert (root.text or "") == root.get("b") == one_line(text)


@given(TEXT, st.integers(1, 30))
def test_what_is_cut_fits_and_what_is_padded_fills(text: str, columns: int) -> None:
    shown = cut(one_line(text), columns)
    assert width(shown) <= columns
    assert width(padded(shown, columns)) == columns
    assert shown == one_line(text) or (shown.endswith("…") and one_line(text).startswith(shown[:-1]))


def test_wide_characters_take_two_columns_and_marks_none() -> None:
    assert [width(text) for text in ("ab", "日本", "e\u0301", "🙂")] == [2, 4, 1, 2]
    assert cut("日本語", 5) == "日本…"


# Errors and warnings.


def family(root: type[QcaasError] = QcaasError) -> list[type[QcaasError]]:
    return [root, *(each for child in root.__subclasses__() for each in family(child))]


@each_nasty()
@given(text=TEXT)
def test_an_error_says_one_line_and_keeps_what_it_was_given(text: str) -> None:
    for kind in family():
        error = kind.__new__(kind, text)
        error.args = (text,)
        if not kind.__module__.startswith("qcaas_sdk.qiskit"):  # those of Qiskit's family say more than their args
            assert str(error) == one_line(text)
            assert error.args == (text,)
    assert str(ServerWarning(text)) == one_line(text)


def test_a_message_about_a_long_value_is_short_enough_to_read() -> None:
    long = "x" * 200_000
    for error in (QcaasError(f"about {long}: do this"), UnknownRegister(f"no register {long!r}; known: c")):
        assert len(str(error)) < 5_000
        assert str(error)[:3] == error.args[0][:3]
        assert str(error)[-9:] == error.args[0][-9:], "what to do next stands at the end"
        assert long in error.args[0], "the data is what it was"


# What there is after a service has said such things.


@each_nasty(status="FAILED")
@each_nasty(status="COMPLETED")
@settings(parent=slow, max_examples=scaled(25))
@given(text=TEXT, status=STATUSES)
def test_what_is_said_and_written_about_jobs_is_printable(text: str, status: str) -> None:
    met = Met(text, status)
    assert met.said
    for said in [*met.said, *map(str, met.errors), repr(met.sdk), repr(met.job), repr(met.composite)]:
        check_line(said)
    assert met.errors
    for one in (met.job, met.composite):
        check_line(repr(one.outputs))
        check_lines(str(one.diagram()))
        check_lines(str(one.timeline()))
        check_line(repr(one.diagram()))
        check_line(repr(one.timeline()))
    assert met.job.tag == without_halves(text), "the data is what it was"
    output = next(iter(met.job.outputs), None)
    if isinstance(output, JobError) and status == "FAILED":
        assert output.error_message == as_json(text)
        check_line(output.short)
    if isinstance(output, JobResult):
        assert list(output.data) == [as_json(text)]


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(f"{tag} {[name for name, _ in attrs]}")

    def handle_comment(self, data: str) -> None:
        self.found.append("comment")

    def handle_decl(self, decl: str) -> None:
        self.found.append("declaration")

    def handle_pi(self, data: str) -> None:
        self.found.append("instruction")

    def handle_data(self, data: str) -> None:
        self.text += data


def tags(page: str) -> list[str]:
    parser = Tags()
    parser.feed(page)
    parser.close()
    check_line(parser.text)
    return parser.found


@each_nasty(status="FAILED")
@each_nasty(status="COMPLETED")
@settings(parent=slow, max_examples=scaled(25))
@given(text=TEXT, status=STATUSES)
@pytest.mark.slow
def test_a_notebook_shows_it_as_text(text: str, status: str) -> None:
    met, harmless = Met(text, status), Met("x", status)
    for look in (
        lambda met: met.job.outputs,
        lambda met: met.composite.outputs,
        lambda met: met.job.outputs.one,
    ):
        shown = look(met)._repr_mimebundle_()
        assert tags(shown["text/html"]) == tags(look(harmless)._repr_mimebundle_()["text/html"])
        check_line(shown["text/plain"])
