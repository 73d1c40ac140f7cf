"""The consent form: what a person fills in, and the consent that a filled form states."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import TypeVar

from takeback.errors import ConsentError
from takeback.model.consent import Consent, PhotographConsent, Purpose, Region, Under18, Wish
from takeback.model.digest import Sha256, parse_sha256

FORMAT = "takeback-consent"
VERSION = 1
_LONGEST_FORM = 1 << 20
_LONGEST_ANSWER = 2000
_NEVER = "never"
_NOT_MARKED = "not marked"
_PERSON = re.compile(r"[\w.-]{1,40}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_FIELDS = (
    *("format", "version", "person", "obtained_how", "obtained_by", "obtained_on", "expires_on"),
    *("language", "contact", "wish", "purposes", "photographs"),
)
_PHOTOGRAPH_FIELDS = ("sha256", "under_18", "taken_by", "taken_by_person", "person_region")

_FORM = """\
# The consent of one person to search for what was made from their photographs.
# Fill in every blank (""). Nothing is ticked beforehand, and a blank is not an answer.
# Any change after the first signature makes the signatures void.

format = "{format}"
version = {version}

# A name of your choice for this case. Never the person's own name. Letters, digits, . - _
person = ""

# How the consent was obtained (for example "in person, form read aloud"), by whom (a role), and on which day.
obtained_how = ""
obtained_by = ""
obtained_on = ""    # 2026-01-31

# The last day on which it holds, or "never".
expires_on = ""

# The language in which it was explained ("en", "ru", "pt-BR").
language = ""

# A way of contact that is safe for the person.
contact = ""

# Does the person want to be told? "tell", "tell_when_removed" or "not_now"
wish = ""

# What the person agrees to: true or false (without quotation marks), one by one.
[purposes]
find = ""          # search the investigated material for what was made from the photographs
notify = ""        # fill notices that demand removal
disclose = ""      # hand evidence to the police or a regulator
exchange = ""      # give hashes of what was found to platforms' hash exchanges
statistics = ""    # count the case, without names, in figures about the network
"""

_PHOTOGRAPH_FORM = """
# {name}
[[photographs]]
sha256 = "{sha256}"
under_18 = ""          # was the person under 18 when it was taken? "no", "yes" or "unknown" (which counts as yes)
taken_by = ""          # who took it
taken_by_person = ""   # did the person take it themselves? true or false
person_region = ""     # the box around the person, by hand: [left, top, right, bottom] in shares of width and height,
                       # for example [0.25, 0.1, 0.7, 1.0]; or "not marked"
"""

Choice = TypeVar("Choice", bound=StrEnum)


def template(photographs: Iterable[tuple[Sha256, str]]) -> str:
    """A form to fill in, bound to these photographs; a name only helps whoever fills it in."""
    parts = [_FORM.format(format=FORMAT, version=VERSION)]
    for sha256, name in photographs:
        shown = "".join(letter if letter.isprintable() else "?" for letter in name)
        parts.append(_PHOTOGRAPH_FORM.format(name=shown, sha256=sha256))
    return "".join(parts)


def parse(text: str) -> Consent:
    """The consent that a filled form states; a ConsentError names the line, the field and the way out."""
    form = _Form(text)
    top = form.top
    form.only_known(top, _FIELDS, "")
    if top.get("format") != FORMAT:
        raise form.wrong(
            "format", f'this is no consent form (`format = "{FORMAT}"`)', "`takeback consent new` makes one"
        )
    if form.integer("version") != VERSION:
        way = f"this program reads version {VERSION}; a newer takeback reads newer ones"
        raise form.wrong("version", f"the form is of version {top['version']!r}", way)
    obtained_on = form.day("obtained_on")
    expires_on = None if top.get("expires_on") == _NEVER else form.day("expires_on", f'a day, or "{_NEVER}"')
    if expires_on is not None and expires_on < obtained_on:
        raise form.wrong("expires_on", "the consent ends before it was obtained", "correct one of the two days")
    return Consent(
        version=VERSION,
        person=form.matching("person", _PERSON, "a chosen name of letters, digits, . - _ (40 at most)"),
        purposes=form.purposes(),
        obtained_how=form.words("obtained_how"),
        obtained_by=form.words("obtained_by"),
        obtained_on=obtained_on,
        expires_on=expires_on,
        language=form.matching("language", _LANGUAGE, 'a language such as "en" or "pt-BR"'),
        contact=form.words("contact"),
        wish=form.choice("wish", Wish),
        photographs=form.photographs(),
    )


class _Form:
    """A form's tables, and where its fields stand."""

    def __init__(self, text: str) -> None:
        self._text = text
        if len(text) > _LONGEST_FORM:
            raise ConsentError(f"the consent form is longer than {_LONGEST_FORM} characters: it is no consent form")
        try:
            self.top: Mapping[str, object] = tomllib.loads(text)
        except (ValueError, RecursionError) as error:
            raise ConsentError(
                f'the consent form cannot be read: {error} (text stands in "quotes", true and false do not)'
            ) from error

    def wrong(self, path: str, what: str, way_out: str) -> ConsentError:
        """The error for a field, with the line on which it stands."""
        line = self._line(path)
        where = f"line {line}, {path}" if line else path
        return ConsentError(f"consent form, {where}: {what} ({way_out})")

    def only_known(self, table: Mapping[str, object], known: Sequence[str], prefix: str) -> None:
        """Refuse a field that the form does not have: a misspelt one would go unread."""
        for name in table:
            if name not in known:
                raise self.wrong(f"{prefix}{name}", "the form has no such field", f"it has: {', '.join(known)}")

    def words(self, path: str) -> str:
        """A text that is not blank."""
        value = self._value(path, "text in quotation marks")
        if not isinstance(value, str) or len(value) > _LONGEST_ANSWER:
            raise self.wrong(path, f"not a text of at most {_LONGEST_ANSWER} characters", "write it in quotation marks")
        return value.strip()

    def matching(self, path: str, pattern: re.Pattern[str], wanted: str) -> str:
        """A text of this shape."""
        value = self.words(path)
        if not pattern.fullmatch(value):
            raise self.wrong(path, f"{value[:80]!r} is not {wanted}", "write it so")
        return value

    def choice(self, path: str, kind: type[Choice]) -> Choice:
        """One of the words that the form offers."""
        offered = " or ".join(f'"{each.value}"' for each in kind)
        value = self._value(path, offered)
        for each in kind:
            if value == each.value:
                return each
        raise self.wrong(path, "not one of the answers", f"write {offered}")

    def yes_or_no(self, path: str) -> bool:
        """True or false, said outright."""
        value = self._value(path, "true or false")
        if not isinstance(value, bool):
            raise self.wrong(path, "neither true nor false", "write true or false without quotation marks")
        return value

    def integer(self, path: str) -> int:
        """A whole number."""
        value = self._value(path, "a whole number")
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.wrong(path, "not a whole number", "write it without quotation marks")
        return value

    def day(self, path: str, wanted: str = "a day") -> date:
        """A calendar day, as a TOML date or in quotation marks."""
        value = self._value(path, f"{wanted}, such as 2026-01-31")
        try:
            if isinstance(value, date) and not isinstance(value, datetime):
                return value
            if isinstance(value, str):
                return date.fromisoformat(value)
        except ValueError:
            pass
        raise self.wrong(path, f"not {wanted}", "write it as 2026-01-31")

    def purposes(self) -> frozenset[Purpose]:
        """The purposes that were agreed to; each must have been answered."""
        table = self.top.get("purposes")
        if not isinstance(table, dict):
            raise self.wrong("purposes", "not a table", "keep `[purposes]` with one line per purpose")
        self.only_known(table, tuple(Purpose), "purposes.")
        return frozenset(purpose for purpose in Purpose if self.yes_or_no(f"purposes.{purpose.value}"))

    def photographs(self) -> tuple[PhotographConsent, ...]:
        """What was said about each photograph."""
        tables = self.top.get("photographs")
        if not isinstance(tables, list) or not tables or not all(isinstance(each, dict) for each in tables):
            raise self.wrong(
                "photographs", "the form names no photograph", "make it with `takeback consent new PHOTO...`"
            )
        said = tuple(self._photograph(f"photographs.{number}.") for number in range(1, len(tables) + 1))
        seen: set[Sha256] = set()
        for number, each in enumerate(said, 1):
            if each.sha256 in seen:
                raise self.wrong(f"photographs.{number}.sha256", "this photograph is named twice", "remove one")
            seen.add(each.sha256)
        return said

    def _photograph(self, prefix: str) -> PhotographConsent:
        table = self._find(prefix.rstrip("."))
        assert isinstance(table, dict)
        self.only_known(table, _PHOTOGRAPH_FIELDS, prefix)
        try:
            sha256 = parse_sha256(self.words(f"{prefix}sha256"))
        except ValueError as error:
            raise self.wrong(f"{prefix}sha256", str(error), "leave it as `takeback consent new` wrote it") from error
        return PhotographConsent(
            sha256=sha256,
            under_18=self.choice(f"{prefix}under_18", Under18),
            taken_by=self.words(f"{prefix}taken_by"),
            taken_by_person=self.yes_or_no(f"{prefix}taken_by_person"),
            person_region=self._region(f"{prefix}person_region"),
        )

    def _region(self, path: str) -> Region | None:
        wanted = f'[left, top, right, bottom] in shares from 0 to 1, or "{_NOT_MARKED}"'
        value = self._value(path, wanted)
        if value == _NOT_MARKED:
            return None
        sides = [float(each) for each in value if type(each) in {int, float}] if isinstance(value, list) else []
        match sides:
            case [left, top, right, bottom] if isinstance(value, list) and len(value) == len(sides):
                inside = all(math.isfinite(side) and 0 <= side <= 1 for side in sides)
                if inside and left < right and top < bottom:
                    return Region(left=left, top=top, right=right, bottom=bottom)
        raise self.wrong(path, "not a box inside the photograph", f"write {wanted}")

    def _value(self, path: str, wanted: str) -> object:
        value = self._find(path)
        if value is None:
            raise self.wrong(path, "the field is missing", f"add it: {wanted}")
        if isinstance(value, str) and not value.strip():
            raise self.wrong(path, "still blank", f"write {wanted}")
        return value

    def _find(self, path: str) -> object:
        value: object = self.top
        for step in path.split("."):
            if isinstance(value, list):
                value = value[int(step) - 1]
            elif isinstance(value, dict):
                value = value.get(step)
        return value

    def _line(self, path: str) -> int | None:
        """The line of a field (or of its table), counted from 1."""
        *table, name = path.split(".")
        header, photograph = "", 0
        for number, line in enumerate(self._text.splitlines(), 1):
            words = line.strip()
            if words.startswith("["):
                header = words.split("]")[0].strip("[ ")
                photograph += header == "photographs"
                here = [header, str(photograph)] if header == "photographs" else [header]
                if here == path.split("."):
                    return number
            elif re.match(rf"[\"']?{re.escape(name)}[\"']?\s*=", words):
                here = [header, str(photograph)] if header == "photographs" else [header] if header else []
                if here == table:
                    return number
        return None
