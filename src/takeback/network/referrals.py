"""Referral and invite schemes: posts with an invite link, or with the wording of one (M11)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from takeback.model.channel import Post
from takeback.model.measure import Measure
from takeback.network.network import is_posted, row_of
from takeback.network.sheet import Sheet

_SITE = r"(?:https?://)?(?:www\.)?(?:t\.me|telegram\.me|telegram\.dog)/"
_INVITE = re.compile(rf"^(?:{_SITE}(?:joinchat/|\+)[\w-]+|tg://join\?invite=[\w-]+)", re.IGNORECASE)
_START = re.compile(rf"^(?:{_SITE}\w+/?\?(?:.*&)?(?:start|startapp|ref)=.+|tg://resolve\?.*start=.+)", re.IGNORECASE)
_WORDING = re.compile(
    r"\b(?:referrals?|refer a friend|ref(?:erral)?[ -]link|affiliate (?:link|program(?:me)?)"
    r"|invite (?:\d+ |a |your |more )?(?:new )?(?:friends?|users?|people|members?)"
    r"|(?:for|per) (?:each|every) (?:invited |new )?(?:friend|user|member|person)"
    r"|bring (?:a|your) friends?"
    r"|реферал\w*|реф(?:ка|ку|-?ссылк\w*)"
    r"|приглас\w+ (?:\d+ )?(?:своих |своего |новых )?(?:друг\w*|друз\w+|людей|человек\w*|участник\w*|пользовател\w+)"
    r"|прив(?:еди|едите|одите?|ести) (?:\d+ )?(?:своих |своего )?(?:друг\w*|друз\w+)"
    r"|за (?:каждого|каждых \d+) (?:приглаш[её]нн\w+|нов\w+|друга)\w*)",
    re.IGNORECASE,
)


def has_invite_link(post: Post) -> bool:
    """Whether a post links into a chat by invitation, or to a bot with a parameter that says who sent you."""
    return any(_INVITE.match(link.strip()) or _START.match(link.strip()) for link in post.links)


def has_referral_wording(text: str) -> bool:
    """Whether a text asks to bring others, in English or Russian words.

    Examples:
        >>> has_referral_wording("Invite 3 friends and get a week free"), has_referral_wording("See you, friends")
        (True, False)
    """
    return bool(_WORDING.search(text))


def measure_referrals(sheet: Sheet) -> Iterator[Measure]:
    """Posts with an invite link, with referral wording, and with either."""
    posts = [post for post in sheet.network.posts if is_posted(post)]
    links = {row_of(post) for post in posts if has_invite_link(post)}
    words = {row_of(post) for post in posts if has_referral_wording(post.text)}
    caveat = (
        "Read by fixed patterns in English and Russian; other wordings are missed, and a wording may only "
        "talk about such a scheme."
    )
    for id, name, rows, method in (
        ("invite-links", "Posts with an invite link", links, "posts with a link that joins a chat or starts a bot"),
        ("wording", "Posts with referral wording", words, "posts whose text asks to bring others"),
        ("either", "Posts with an invite link or referral wording", links | words, "posts with either"),
    ):
        yield sheet.count(
            f"referrals.{id}",
            name,
            len(rows),
            of=len(posts),
            unit="posts",
            rows=sheet.rows("posts", rows),
            method=f"{method}; service rows left out",
            caveat=caveat,
        )
