"""Whether a text says, or may say, that somebody is a minor; the words are data in ``age_words.toml``."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import msgspec

_LETTER = r"[^\W\d_]"
_NUMBER = r"(?<!\d)(?<!\d[.,:])(?:1[\s.*\-]{0,2}[0-7]|0?\d)(?!\d)"
_YEAR = r"(?<!\d)((?:19|20)\d\d)(?!\d)"
_DIGIT = re.compile(r"\d")
_SPACED = re.compile(rf"(?<!{_LETTER})(?:{_LETTER}[\s.\-*]{{1,2}}){{3,}}{_LETTER}(?!{_LETTER})")
_BETWEEN = re.compile(r"[\s.\-*]")
_TOKEN = re.compile(r"[\w@$!*]+")
_INVISIBLE = frozenset({"Mn", "Me", "Cf"})
_LATIN_LEET = str.maketrans("013457@$!", "oieastasi")
_CYRILLIC_LEET = str.maketrans("0346", "озчб")
_LOOK_ALIKE = ("aceopxykmthbnuiжз", "асеорхукмтнвпиіжз")
_TO_CYRILLIC = str.maketrans(*_LOOK_ALIKE)
_TO_LATIN = str.maketrans(*reversed(_LOOK_ALIKE))
_ADULT_YEARS = 19
_SHORTEST_MASKED = 4


class _Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    words: tuple[str, ...]
    stems: tuple[str, ...]
    anywhere: tuple[str, ...]
    harmless: tuple[str, ...]


class _Ages(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    patterns: tuple[str, ...]
    births: tuple[str, ...]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    signs: tuple[str, ...]
    english: _Words
    russian: _Words
    numbers: dict[str, tuple[str, ...]]
    ages: _Ages


def fold(text: str) -> str:
    """The text as it is compared: compatibility forms, lower case, no invisible or combining marks."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    kept = "".join(each for each in plain if unicodedata.category(each) not in _INVISIBLE)
    return kept.replace("ё", "\u0435").replace("_", " ")


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeWords:
    """Words, signs, ages and years of birth that seal what they stand by. Doubt counts as yes.

    Examples:
        >>> words = age_words()
        >>> words.found_in("she is 1 6 y.o"), words.found_in("18+ only, 25 лет, 16 GB at 16:00")
        (True, False)
    """

    signs: tuple[str, ...]
    spelled: re.Pattern[str]
    plain: tuple[str, ...]
    harmless: re.Pattern[str]
    ages: re.Pattern[str]
    births: re.Pattern[str]
    numbers: Mapping[str, str]
    numerals: re.Pattern[str]

    def found_in(self, text: str, *, year: int | None = None) -> bool:
        """Whether the text says, or may say, that somebody is under 18 in this year."""
        if not text or text.isspace():
            return False
        folded = fold(text)
        if any(sign in folded for sign in self.signs):
            return True
        folded = self.harmless.sub(" / ", folded)
        digits = self.numerals.sub(lambda match: self.numbers[match[0]], folded)
        if _DIGIT.search(digits) and (self.ages.search(digits) or self._born_too_late(digits, year)):
            return True
        return any(self.spelled.search(form) for form in _spellings(folded)) or self._masked(folded)

    def _born_too_late(self, text: str, year: int | None) -> bool:
        """Whether a year of birth lies less than 19 years back; without a year of the post, any does."""
        years = (int(next(filter(None, match.groups()))) for match in self.births.finditer(text))
        return any(year is None or year - born < _ADULT_YEARS for born in years)

    def _masked(self, text: str) -> bool:
        """Whether a word with letters starred out can be one of ours."""
        for match in _TOKEN.finditer(text):
            token = match[0].strip("*")
            if "*" in token and sum(each.isalpha() for each in token) >= _SHORTEST_MASKED:
                shape = re.compile("".join(".{1,3}" if part.startswith("*") else re.escape(part)
                                           for part in re.split(r"(\*+)", token)))  # fmt: skip
                if any(shape.fullmatch(word) for word in self.plain):
                    return True
        return False


def _spellings(text: str) -> Iterator[str]:
    """The text, and the ways in which letters are dodged: spaced out, figures for letters, look-alikes."""
    yield text
    joined = _SPACED.sub(lambda match: _BETWEEN.sub("", match[0]), text)
    if joined != text:
        yield joined
    for change in (_plain_latin, _plain_cyrillic):
        changed = _TOKEN.sub(change, joined)
        if changed != joined:
            yield changed


def _scripts(token: str) -> tuple[bool, bool]:
    """Whether a token has Latin and Cyrillic letters."""
    return any("a" <= each <= "z" for each in token), any("\u0430" <= each <= "\u044f" for each in token)


def _plain_latin(match: re.Match[str]) -> str:
    """A token of Latin letters with figures or look-alikes among them, written plainly."""
    latin, cyrillic = _scripts(match[0])
    token = match[0].translate(_TO_LATIN) if latin and cyrillic else match[0]
    return token.translate(_LATIN_LEET) if latin else token


def _plain_cyrillic(match: re.Match[str]) -> str:
    """A token of Cyrillic letters with figures or look-alikes among them, written plainly."""
    latin, cyrillic = _scripts(match[0])
    token = match[0].translate(_TO_CYRILLIC) if latin and cyrillic else match[0]
    return token.translate(_CYRILLIC_LEET) if cyrillic else token


def _phrase(words: str) -> str:
    """A phrase as an expression: its words may stand apart, by dots or hyphens, or together."""
    return r"[\s.\-]*".join(re.escape(word) for word in words.split(" "))


def _any_of(parts: Iterator[str] | tuple[str, ...]) -> str:
    """An expression for any of these."""
    return "(?:" + "|".join(parts) + ")"


@lru_cache(maxsize=1)
def age_words() -> AgeWords:
    """The words that come with takeback."""
    content = resources.files("takeback.signals").joinpath("age_words.toml").read_text(encoding="utf-8")
    file = msgspec.convert(tomllib.loads(content), type=_File)
    languages = (file.english, file.russian)
    words = tuple(fold(word) for language in languages for word in language.words)
    stems = tuple(fold(stem) for language in languages for stem in language.stems)
    anywhere = tuple(fold(part) for language in languages for part in language.anywhere)
    harmless = tuple(fold(phrase) for language in languages for phrase in language.harmless)
    numbers = {fold(word): digits for digits, each in file.numbers.items() for word in each}
    whole, start, end = _any_of(map(_phrase, words)), f"(?<!{_LETTER})", f"(?!{_LETTER})"
    spelled = "|".join(
        (f"{start}{whole}{end}", start + _any_of(map(re.escape, stems)), _any_of(map(re.escape, anywhere)))
    )
    return AgeWords(
        signs=tuple(fold(sign) for sign in file.signs),
        spelled=re.compile(spelled),
        plain=tuple(word for word in (*words, *stems, *anywhere) if " " not in word),
        harmless=re.compile(start + _any_of(map(_phrase, harmless)) + end),
        ages=re.compile("|".join(each.replace("{n}", _NUMBER) for each in file.ages.patterns)),
        births=re.compile("|".join(each.replace("{y}", _YEAR) for each in file.ages.births)),
        numbers=numbers,
        numerals=re.compile(start + _any_of(map(re.escape, sorted(numbers))) + end),
    )
