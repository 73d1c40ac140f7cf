"""Check digits of cards and wallets: what fails them is another number."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Collection

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_BECH32_ENDS = (1, 0x2BC830A3)
_ISSUERS = re.compile(r"4|5[1-5]|2[2-7]|6")
_BASE58_BYTES, _TON_BYTES, _CARD_DIGITS = 25, 36, 16


def is_card(text: str) -> bool:
    """Whether sixteen digits have the check digit of a card (Luhn) and begin like one."""
    digits = re.sub(r"[ -]", "", text)
    if len(digits) != _CARD_DIGITS or not digits.isdigit() or not _ISSUERS.match(digits):
        return False
    doubled = (int(each) * (2 - place % 2) for place, each in enumerate(digits))
    return sum(each - 9 * (each > 9) for each in doubled) % 10 == 0  # noqa: PLR2004  # digits end at 9


def is_base58check(text: str, *, versions: Collection[int]) -> bool:
    """Whether an address in base 58 has a right checksum and one of these versions."""
    number = 0
    for each in text:
        place = _BASE58.find(each)
        if place < 0:
            return False
        number = number * 58 + place
    try:
        content = number.to_bytes(_BASE58_BYTES, "big")
    except OverflowError:
        return False
    check = hashlib.sha256(hashlib.sha256(content[:-4]).digest()).digest()[:4]
    return content[0] in versions and content[-4:] == check


def is_bech32(text: str) -> bool:
    """Whether an address of bitcoin in bech32 or bech32m has a right checksum (BIP 173, BIP 350)."""
    prefix, _, rest = text.partition("1")
    values = [_BECH32.find(each) for each in rest]
    if min(values, default=-1) < 0:
        return False
    checked = 1
    for value in (*(ord(each) >> 5 for each in prefix), 0, *(ord(each) & 31 for each in prefix), *values):
        top, checked = checked >> 25, (checked & 0x1FFFFFF) << 5 ^ value
        for place, generator in enumerate(_GENERATORS):
            checked ^= generator if top >> place & 1 else 0
    return checked in _BECH32_ENDS


def is_ton(text: str) -> bool:
    """Whether a user-friendly address of TON has a right checksum (CRC-16 of XMODEM)."""
    try:
        content = base64.urlsafe_b64decode(text)
    except (ValueError, binascii.Error):
        return False
    return len(content) == _TON_BYTES and binascii.crc_hqx(content[:-2], 0).to_bytes(2, "big") == content[-2:]
