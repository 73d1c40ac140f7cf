# Russian words are the point
"""Referral and invite schemes: posts with an invite link, or with the wording of one (M11)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from takeback.model.measure import Measure
from takeback.network.part import Listed, Part
from takeback.network.sheet import Sheet, size, together
from takeback.network.tally import Tally
from takeback.network.texts import candidates

_SITE = r"(?:https?://)?(?:www\.)?(?:t\.me|telegram\.me|telegram\.dog)/"
_INVITE = re.compile(rf"^(?:{_SITE}(?:joinchat/|\+)[\w-]+|tg://join\?invite=[\w-]+)", re.IGNORECASE)
_START = re.compile(rf"^(?:{_SITE}\w+/?\?(?:.*&)?(?:start|startapp|ref)=.+|tg://resolve\?.*start=.+)", re.IGNORECASE)
_LINKS = r"joinchat|/\+|join\?invite=|start(?:app)?=|[?&]ref="
_STEMS = (
    r"refer|affiliat|partner|invit|bring|friend|for (?:each|every)|per (?:each|every)|link|реф|приглас|приглаш"
    r"|прив[её][дс]|привод|за каждого|за каждых|партн|por cada|afiliad|enlace|per ogni|affiliaz|amic|amig"
)
_WORDING = re.compile(
    # English
    r"\b(?:referrals?|refer (?:a friend|and earn|& earn)|ref(?:erral)?[ -]link"
    r"|(?:affiliate|partner) (?:link|program(?:me)?)"
    r"|(?<!are )(?<!you're )invite (?:\d+ |a |your |more )?(?:new )?(?:friends?|users?|people|members?)"
    r"|(?:for|per) (?:each|every) (?:invited |new )?(?:friend|user|member|person)"
    r"|bring (?:a|your|\d+) friends?|(?:joins?|comes?|signs? up) (?:through|by|with|via) your link"
    # Russian
    r"|реферал\w*|реф(?:ка|ку|ки|-?ссылк\w*)|партн[её]рск\w+ программ\w+"
    r"|приглас\w+ (?:\w+ |\d+ )?(?:своих |своего |новых )?"
    r"(?:друг\w*|друз\w+|людей|человек\w*|участник\w*|пользовател\w+)"
    r"|приглашай\w* (?:\d+ )?(?:своих |новых )?(?:друг\w*|друз\w+|людей|участник\w*)"
    r"|прив(?:еди|едите|одите?|ести) (?:\w+ |\d+ )?(?:своих |своего )?(?:друг\w*|друз\w+)"
    r"|за (?:каждого|каждых \d+) (?:приглаш[её]нн\w+|нов\w+|друга)\w*"
    # Spanish
    r"|enlaces? de (?:referid[oa]s?|invitaci[oó]n)|(?:programa|c[oó]digo|sistema) de (?:afiliad|referid)[oa]s?"
    r"|invit(?:a|ad|en|e) a (?:\d+ |tus |vuestros |sus |un )?(?:amig[oa]s?|persona|gente)"
    r"|tra(?:e|ed|iga) a (?:un |tus |\d+ )?amig[oa]s?|por cada (?:amig[oa]|usuari[oa]|persona|referid[oa]|invitad[oa])"
    # Italian
    r"|(?:link|codice) (?:di invito|referral)|programma (?:di )?affiliazione|programma referral"
    r"|invit(?:a|ate|i) (?:i tuoi |i vostri |un |\d+ )?amic(?:i|o|a|he)|porta(?:te)? (?:un |i tuoi |\d+ )?amic(?:i|o|a)"
    r"|per ogni (?:amico|nuovo utente|utente|persona|invitato))\b",
    re.IGNORECASE,
)
CAVEAT = (
    "Read by fixed patterns in English, Russian, Spanish and Italian; other wordings are missed, and a wording may "
    "only talk about such a scheme."
)


def is_invite(link: str) -> bool:
    """Whether a link joins a chat by invitation, or starts a bot with a parameter that says who sent you."""
    return bool(_INVITE.match(link.strip()) or _START.match(link.strip()))


def has_referral_wording(text: str) -> bool:
    """Whether a text asks to bring others, in English, Russian, Spanish or Italian words.

    Examples:
        >>> has_referral_wording("Invite 3 friends and get a week free"), has_referral_wording("See you, friends")
        (True, False)
    """
    return bool(_WORDING.search(text))


def gather_referrals(part: Part, tally: Tally) -> None:
    """Which posts of a part have an invite link, or ask to bring others."""
    import pyarrow as pa
    import pyarrow.compute as pc

    links = Listed(part.rows.column("links"))
    if len(links):
        likely = pc.match_substring_regex(links.items, _LINKS, ignore_case=True).to_numpy(zero_copy_only=False)
        where = np.flatnonzero(likely)
        chosen = [
            row
            for row, link in zip(
                links.parents[where].tolist(), links.items.take(pa.array(where)).to_pylist(), strict=True
            )
            if part.posted[row] and is_invite(link)
        ]
        tally.add_rows(("referrals", "links"), part.channel, part.ids[np.unique(np.array(chosen, np.int64))])
    for id, text in candidates(part, _STEMS):
        if has_referral_wording(text):
            tally.add_row(("referrals", "wording"), part.channel, id)


def measure_referrals(sheet: Sheet) -> Iterator[Measure]:
    """Posts with an invite link, with referral wording, and with either."""
    links, words = (sheet.noted("referrals", each) for each in ("links", "wording"))
    posted = size(sheet.chosen(lambda timeline: timeline.posted))
    for id, name, rows, method in (
        ("invite-links", "Posts with an invite link", links, "posts with a link that joins a chat or starts a bot"),
        ("wording", "Posts with referral wording", words, "posts whose text asks to bring others"),
        ("either", "Posts with an invite link or referral wording", together([links, words]), "posts with either"),
    ):
        yield sheet.count(
            f"referrals.{id}",
            name,
            size(rows),
            of=posted,
            unit="posts",
            rows=rows,
            method=f"{method}; service rows left out",
            caveat=CAVEAT,
        )
