"""XML from outside, an element at a time: no entities, no document types, small elements, little depth."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, NoReturn
from xml.parsers import expat

from takeback.errors import UnusableInput

_CHUNK = 1 << 16
_DEPTH = 24
_NODES = 10_000


@dataclass(slots=True)
class Element:
    """An element without its namespace: name, attributes, text, children."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def all(self, name: str) -> list[Element]:
        """Its children of that name."""
        return [child for child in self.children if child.name == name]

    def first(self, name: str) -> Element:
        """Its first child of that name, or an empty element."""
        return next(iter(self.all(name)), Element(name))


class _Builder:
    """Collects what lies at one depth, and drops everything around it."""

    def __init__(self, depth: int, limit: int) -> None:
        self.done: list[Element | None] = []
        self._depth = depth
        self._limit = limit
        self._open: list[Element] = []
        self._level = self._size = self._nodes = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._level += 1
        if self._level > _DEPTH:
            raise UnusableInput(f"the XML is nested more than {_DEPTH} deep (no hash list is)")
        if self._level < self._depth:
            return
        if self._level == self._depth:
            self._size = self._nodes = 0
        self._nodes += 1
        element = Element(name.rpartition(" ")[2], {key.rpartition(" ")[2]: value for key, value in attributes.items()})
        self._add(sum(map(len, attributes.values())))
        if self._fits:
            if self._open:
                self._open[-1].children.append(element)
            self._open.append(element)

    def text(self, text: str) -> None:
        if self._level >= self._depth:
            self._add(len(text))
            if self._fits and self._open:
                self._open[-1].text += text

    def end(self, name: str) -> None:
        del name
        if self._level == self._depth:
            self.done.append(self._open[0] if self._fits and self._open else None)
            self._open = []
        elif self._level > self._depth and self._fits and self._open:
            self._open.pop()
        self._level -= 1

    def _add(self, size: int) -> None:
        self._size += size

    @property
    def _fits(self) -> bool:
        return self._size <= self._limit and self._nodes <= _NODES


def elements(file: BinaryIO, *, depth: int, limit: int) -> Iterator[Element | None]:
    """Every element at a depth (the root is at 1), as it is read; None in the place of one over ``limit`` characters.

    Raises:
        UnusableInput: where the XML is damaged, has a document type or declares an entity.
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    builder = _Builder(depth, limit)
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    parser.StartDoctypeDeclHandler = _refusal("a document type")
    parser.EntityDeclHandler = _refusal("an entity")
    parser.ExternalEntityRefHandler = _refusal("an external entity")
    fed = 0
    try:
        while chunk := file.read(_CHUNK):
            fed += len(chunk)
            parser.Parse(chunk, False)
            if fed - parser.CurrentByteIndex > limit + _CHUNK:
                raise UnusableInput(f"the XML has a tag of more than {limit} bytes (no hash list has)")
            yield from builder.done
            builder.done.clear()
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        yield from builder.done
        raise UnusableInput(f"the XML is damaged or breaks off: {error}") from error
    yield from builder.done


def _refusal(what: str) -> Callable[..., NoReturn]:
    def refuse(*_: object) -> NoReturn:
        raise UnusableInput(f"the XML declares {what} (no hash list does; it is not to be trusted)")

    return refuse
