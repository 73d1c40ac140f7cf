"""The parts that a document is made of; HTML and PDF render the same ones, so that they say the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A paragraph; a ``note`` is set smaller."""

    text: str
    note: bool = False
    kind: Literal["text"] = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A heading inside a section."""

    text: str
    kind: Literal["heading"] = "heading"


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """A plain list."""

    items: tuple[str, ...]
    kind: Literal["points"] = "points"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFigure:
    """One number that is set large, and what it counts."""

    value: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFigures:
    """A row of large numbers."""

    items: tuple[KeyFigure, ...]
    kind: Literal["figures"] = "figures"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Terms, each with what is said of it."""

    items: tuple[tuple[str, str], ...]
    kind: Literal["facts"] = "facts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table with a caption and column headers; the first cell heads its row. ``numeric`` columns align right."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[int, ...] = ()
    kind: Literal["table"] = "table"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A drawing (SVG that we made), the words in its place, and the table behind it.

    Where the table is not ``printed``, it is on the page alone: the drawing and its words say the same.
    """

    svg: str
    alt: str
    caption: str
    table: Table
    printed: bool = True
    kind: Literal["picture"] = "picture"


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """Lines to type."""

    lines: tuple[str, ...]
    kind: Literal["code"] = "code"


Plain = Text | Heading | Points | KeyFigures | Facts | Table | Picture | Code


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One finding: a heading with a label, and what is said of it."""

    id: str
    title: str
    label: str
    blocks: tuple[Plain, ...]
    kind: Literal["card"] = "card"


Block = Plain | Card


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of a document, with the question that it answers as its title."""

    id: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A whole document. ``made`` is a time of the case, never "now"; ``dated`` is how it is printed."""

    title: str
    subtitle: str
    dated: str
    made: datetime
    opening: tuple[Plain, ...]
    sections: tuple[Section, ...]
