"""The content of a sequence diagram as plain data, independent of jobs and formats."""

from enum import StrEnum

from attrs import frozen


class Arrow(StrEnum):
    """How a message is drawn."""

    REQUEST = "request"
    ANSWER = "answer"
    LOST = "lost"
    """An answer that never came."""


@frozen(kw_only=True)
class Message:
    """A message between two participants.

    Attributes:
        source: Who sends it.
        target: Who gets it.
        text: What it is.
        arrow: How it is drawn.
        when: When it was, as text; empty for none.
    """

    source: str
    target: str
    text: str
    arrow: Arrow = Arrow.REQUEST
    when: str = ""


@frozen(kw_only=True)
class Note:
    """Something that a participant does or knows.

    Attributes:
        over: The participant.
        text: What it is.
        colour: A colour for its border; empty for none.
        when: When it was, as text; empty for none.
    """

    over: str
    text: str
    colour: str = ""
    when: str = ""


@frozen(kw_only=True)
class SequencePicture:
    """A sequence diagram.

    Attributes:
        title: Its title; empty for none.
        summary: What it shows, for people who cannot see it.
        participants: From left to right.
        items: Messages and notes, from top to bottom.
        legend: Sentences below it.
    """

    participants: tuple[str, ...]
    items: tuple[Message | Note, ...]
    title: str = ""
    summary: str = ""
    legend: tuple[str, ...] = ()
