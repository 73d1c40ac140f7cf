"""Payment: posts that name a wallet, a card or a payment page, by kind; the number itself is never told (M11)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from takeback.model.measure import Measure
from takeback.network.part import Listed, Part
from takeback.network.sheet import Sheet, size, together
from takeback.network.tally import Tally
from takeback.network.texts import candidates
from takeback.network.wallets import is_base58check, is_bech32, is_card, is_ton

_BASE58 = "1-9A-HJ-NP-Za-km-z"
_SERVICES: Mapping[str, str] = {
    "paypal": r"paypal\.me/[\w-]+|paypal\.com/(?:paypalme|donate)\S*",
    "qiwi": r"qiwi\.com/[np]/\w+",
    "yoomoney": r"(?:yoomoney\.ru|money\.yandex\.ru)/to/\d+",
    "boosty": r"boosty\.to/[\w.-]+",
    "patreon": r"patreon\.com/[\w-]+",
    "ko-fi": r"ko-fi\.com/\w+",
    "donationalerts": r"donationalerts\.com/r/\w+",
    "buymeacoffee": r"buymeacoffee\.com/[\w-]+",
    "cryptobot": r"t\.me/(?:CryptoBot|send)\?start=\w+",
}
_WALLETS: Mapping[str, str] = {
    "bitcoin": rf"\b(?:bc1[02-9ac-hj-np-z]{{11,71}}|[13][{_BASE58}]{{25,34}})\b",
    "ethereum": r"\b0x[0-9a-fA-F]{40}\b",
    "tron": rf"\bT[{_BASE58}]{{33}}\b",
    "ton": r"(?<![\w-])(?:EQ|UQ)[\w-]{46}(?![\w-])",
    "card": r"(?<![\w.,+-])(?:\d{4}[ -]?){3}\d{4}(?![\w-])",
}
KINDS = (*_WALLETS, *_SERVICES)
_PATTERNS = {kind: re.compile(pattern, re.ASCII) for kind, pattern in _WALLETS.items()} | {
    kind: re.compile(rf"(?<![\w.-])(?:www\.)?(?:{pattern})", re.IGNORECASE | re.ASCII)
    for kind, pattern in _SERVICES.items()
}
_CHECKS = {"bitcoin": lambda text: is_bech32(text) if text.startswith("bc1") else is_base58check(text, versions=(0, 5))}
_CHECKS |= {"tron": lambda text: is_base58check(text, versions=(0x41,)), "ton": is_ton, "card": is_card}
_PREFILTER = (
    rf"bc1[0-9a-z]{{11}}|[13T][{_BASE58}]{{25}}|0x[0-9a-f]{{40}}|[EU]Q[\w-]{{46}}|(?:\d{{4}}[ -]?){{3}}\d{{4}}"
    r"|paypal|qiwi|yoomoney|money\.yandex|boosty|patreon|ko-fi|donationalerts|buymeacoffee|cryptobot|t\.me/send"
)
CAVEAT = (
    "What is named may be anybody's: naming a wallet is not owning it, and no payment was looked up. Card numbers, "
    "bitcoin, tron and TON addresses must pass their check digits; an ethereum address has none that is always there."
)


@dataclass(frozen=True, slots=True)
class Payment:
    """Where money can be sent: the kind, and the address as it is written, which no measure tells."""

    kind: str
    address: str


def payments_in(text: str) -> tuple[Payment, ...]:
    """The wallets, cards and payment pages that a text names.

    Examples:
        >>> [each.kind for each in payments_in("donate: https://paypal.me/club or 0x" + "ab" * 20)]
        ['ethereum', 'paypal']
    """
    found: list[Payment] = []
    for kind, pattern in _PATTERNS.items():
        check = _CHECKS.get(kind)
        written = (match[0] for match in pattern.finditer(text))
        found.extend(Payment(kind, address) for address in written if check is None or check(address))
    return tuple(found)


def gather_payments(part: Part, tally: Tally) -> None:
    """The posts of a part that name a payment, in their texts or links; addresses are counted by their digests."""
    import pyarrow as pa
    import pyarrow.compute as pc

    named = list(candidates(part, _PREFILTER))
    links = Listed(part.rows.column("links"))
    if len(links):
        likely = pc.match_substring_regex(links.items, _PREFILTER, ignore_case=True)
        rows = links.parents[likely.to_numpy(zero_copy_only=False)]
        named += zip(part.ids[rows].tolist(), links.items.filter(likely).to_pylist(), strict=True)
    seen: dict[str, list[bytes]] = {}
    posts: dict[str, set[int]] = {}
    for id, text in named:
        for each in payments_in(text):
            posts.setdefault(each.kind, set()).add(id)
            plain = re.sub(r"[ -]", "", each.address) if each.kind == "card" else each.address
            seen.setdefault(each.kind, []).append(hashlib.blake2b(plain.encode(), digest_size=12).digest())
    for kind, ids in posts.items():
        for id in ids:
            tally.add_row(("payments", "posts", kind), part.channel, id)
        tally.counts["payments", kind].add(pa.array(seen[kind], pa.binary(12)))


def measure_payments(sheet: Sheet) -> Iterator[Measure]:
    """Posts that name a payment; of each kind that is named, the posts and the distinct addresses."""
    by_kind = {key[0]: rows for key, rows in sheet.tally.rows_under("payments", "posts").items()}
    every = together(by_kind.values())
    method = "addresses and payment pages in texts and links, by fixed patterns with check digits"
    yield sheet.count(
        "payments.posts",
        "Posts that name a wallet, a card or a payment page",
        size(every),
        of=sheet.posts,
        unit="posts",
        rows=every,
        method=method,
        caveat=CAVEAT,
    )
    for kind in KINDS:
        if kind not in by_kind:
            continue
        rows = together([by_kind[kind]])
        distinct = len(sheet.tally.counts["payments", kind].table())
        for id, name, value, unit in (
            ("posts", f"Posts that name a payment by {kind}", size(rows), "posts"),
            ("addresses", f"Distinct addresses for payment by {kind}", distinct, "addresses"),
        ):
            yield sheet.count(
                f"payments.{id}.{kind}",
                name,
                value,
                of=size(every),
                unit=unit,
                rows=rows,
                method=f"{method}; n is the posts that name any",
                caveat=CAVEAT,
            )
