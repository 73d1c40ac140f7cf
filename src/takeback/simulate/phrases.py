"""What is said in a network of a given shape: phrases in several languages, which of them name a price or a friend."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files

import msgspec
import numpy as np
import numpy.typing as npt

from takeback.errors import UsageError


class PhraseKind(StrEnum):
    """What a phrase is about."""

    PLAIN = "plain"
    PRICED = "priced"
    REFERRING = "referring"


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """One phrase, in the markup of the made-up texts."""

    language: str
    kind: PhraseKind
    text: str


class Phrases(tuple[Phrase, ...]):
    """All phrases; a post names one by its place."""

    __slots__ = ()

    def places(self, language: str, kind: PhraseKind) -> npt.NDArray[np.int64]:
        """The places of the phrases of one language and kind."""
        return np.array(
            [at for at, each in enumerate(self) if (each.language, each.kind) == (language, kind)], np.int64
        )


def load_phrases(languages: tuple[str, ...]) -> Phrases:
    """The phrases that ship with takeback, in these languages; a `UsageError` names those there are."""
    raw = (files("takeback.simulate") / "phrases.toml").read_bytes()
    tables = msgspec.toml.decode(raw, type=dict[str, dict[PhraseKind, list[str]]])
    if unknown := [each for each in languages if each not in tables]:
        raise UsageError(f"nothing is said in {unknown[0]!r} here (there are: {', '.join(sorted(tables))})")
    return Phrases(
        Phrase(language=language, kind=kind, text=text)
        for language in languages
        for kind in PhraseKind
        for text in tables[language][kind]
    )
