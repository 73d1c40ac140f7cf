"""Texts with what is in them, in four languages: the odd lines to develop on, the even ones held out."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from takeback.network.geography import codes_in
from takeback.network.payments import payments_in
from takeback.network.prices import prices_in
from takeback.network.referrals import has_referral_wording
from takeback.network.tiers import bots_in, names_watermark, offers_free

FOLDER = Path(__file__).parent / "labelled"
LANGUAGES = ("en", "ru", "es", "it")
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def base58check(version: int) -> str:
    """An address that nobody owns as far as anybody knows: of a fixed text's digest."""
    content = bytes([version]) + hashlib.sha256(b"a made-up address").digest()[:20]
    content += hashlib.sha256(hashlib.sha256(content).digest()).digest()[:4]
    number, written = int.from_bytes(content, "big"), ""
    while number:
        number, place = divmod(number, 58)
        written = _BASE58[place] + written
    return "1" * (len(content) - len(content.lstrip(b"\0"))) + written


def ton() -> str:
    content = b"\x11\0" + hashlib.sha256(b"a made-up address").digest()
    return base64.urlsafe_b64encode(content + binascii.crc_hqx(content, 0).to_bytes(2, "big")).decode()


def broken(address: str) -> str:
    return address[:-1] + ("a" if address[-1] != "a" else "b")


MADE = {
    "btc": base58check(0),
    "badbtc": broken(base58check(0)),
    "tron": base58check(0x41),
    "eth": "0x" + hashlib.sha256(b"a made-up address").hexdigest()[:40],
    "ton": ton(),
    "card": "4539 1488 0343 6467",
}


@dataclass(frozen=True)
class Labelled:
    """One text, its language, whether it is held out, and its labels."""

    language: str
    held_out: bool
    text: str
    labels: tuple[str, ...]

    def of(self, kind: str) -> set[str]:
        """The labels of one kind."""
        if kind in {"ref", "free", "wm"}:
            return {kind} & set(self.labels)
        return {each.removeprefix(f"{kind}=") for each in self.labels if each.startswith(f"{kind}=")}


def labelled() -> Iterator[Labelled]:
    for language in LANGUAGES:
        lines = (FOLDER / f"{language}.tsv").read_text("utf-8").splitlines()
        for number, line in enumerate(lines):
            text, labels = line.split("\t")
            for name, address in MADE.items():
                text = text.replace(f"{{{name}}}", address)
            found = () if labels == "-" else tuple(labels.split("; "))
            yield Labelled(language=language, held_out=number % 2 == 1, text=text, labels=found)


def _prices(text: str) -> set[str]:
    return {f"{each.amount},{each.currency},{each.period or '-'},{each.pieces or '-'}" for each in prices_in(text)}


EXTRACTORS: dict[str, tuple[str, Callable[[str], set[str]]]] = {
    "prices": ("p", _prices),
    "referral wording": ("ref", lambda text: {"ref"} if has_referral_wording(text) else set()),
    "payments": ("pay", lambda text: {each.kind for each in payments_in(text)}),
    "bots": ("bot", lambda text: set(bots_in(text))),
    "offers of something free": ("free", lambda text: {"free"} if offers_free(text) else set()),
    "watermarks": ("wm", lambda text: {"wm"} if names_watermark(text) else set()),
    "calling codes": ("tel", lambda text: {str(code) for code in codes_in(text)}),
}


@dataclass
class Score:
    texts: int = 0
    right: int = 0
    said: int = 0
    labelled: int = 0


def scores() -> dict[tuple[str, str, bool], Score]:
    """Of each extractor, language and half: texts, items said rightly, items said, items labelled."""
    table: dict[tuple[str, str, bool], Score] = {}
    for each in labelled():
        for name, (kind, extract) in EXTRACTORS.items():
            score = table.setdefault((name, each.language, each.held_out), Score())
            said, there = extract(each.text), each.of(kind)
            score.texts += 1
            score.right += len(said & there)
            score.said += len(said)
            score.labelled += len(there)
    return table
