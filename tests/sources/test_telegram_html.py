"""Telegram Desktop exports in HTML."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from takeback.errors import SourceError
from takeback.model.channel import Damage, Detail, Forward, Poll, PollAnswer, Post, PostKind, Reaction
from takeback.model.media import Absence, MediaKind
from takeback.plugins import open_source
from takeback.protocols import Source
from takeback.sources.telegram import TelegramExport
from takeback.sources.telegram_html import TelegramHtml, TelegramHtmlReader
from takeback.sources.telegram_page import Before, service_of

PAGE = """<html><body><div class="page_header"><div class="text bold">
{title}
</div></div><div class="history">{rows}</div></body></html>"""
DAY = '<div class="message service" id="message-1"><div class="body details">\n1 March 2024\n</div></div>'


def message(
    id: int | str = 1,
    body: str = "",
    *,
    name: str | None = "Reader",
    title: str = "01.03.2024 10:00:00",
    text: str = "",
) -> str:
    joined = "" if name else " joined"
    named = f'<div class="from_name">\n{name}\n</div>' if name else ""
    said = f'<div class="text">\n{text}\n</div>' if text else ""
    date = f'<div class="pull_right date details" title="{title}">10:00</div>'
    return (
        f'<div class="message default clearfix{joined}" id="message{id}"><div class="body">{date}{named}{body}{said}'
        "</div></div>"
    )


def export(folder: Path, *pages: str, title: str = "A chat") -> TelegramHtmlReader:
    for number, rows in enumerate(pages, 1):
        name = "messages.html" if number == 1 else f"messages{number}.html"
        (folder / name).write_text(PAGE.format(title=title, rows=rows), encoding="utf-8")
    return TelegramHtml().open(folder)


def read(reader: TelegramHtmlReader) -> tuple[list[Post], list[Damage]]:
    rows = list(reader.posts())
    return [row for row in rows if isinstance(row, Post)], [row for row in rows if isinstance(row, Damage)]


def only(folder: Path, row: str) -> Post:
    (post,), damage = read(export(folder, row))
    assert not damage
    return post


def test_the_real_pair_gives_the_same_ids_dates_senders_and_kinds(shared_data: Path) -> None:
    folder = shared_data / "telegram" / "roboteam"
    pages, _ = read(TelegramHtml().open(folder / "telegram-test-html"))
    written = [each for each in TelegramExport().open(folder / "telegram-test-json").posts() if isinstance(each, Post)]
    assert [(each.id, each.kind) for each in pages] == [(each.id, each.kind) for each in written]
    acted = [[each.author for each in posts if each.kind is PostKind.SERVICE] for posts in (pages, written)]
    assert acted[0] == acted[1]
    spoken = [[each for each in posts if each.kind is PostKind.MESSAGE] for posts in (pages, written)]
    assert [(each.time, each.zone_known, each.author) for each in spoken[0]] == [
        (each.time, each.zone_known, each.author) for each in spoken[1]
    ]
    shown = [[[m.kind for m in each.media if m.kind is not MediaKind.THUMBNAIL] for each in posts] for posts in spoken]
    assert shown[0] == shown[1]
    assert next(each.media[0].sha256 for each in spoken[0] if each.media) == next(
        each.media[0].sha256 for each in spoken[1] if each.media
    )
    same = [page.text == json.text for page, json in zip(*spoken, strict=True)]
    assert all(same)


def test_a_joined_message_has_the_author_of_the_one_before_over_pages_too(tmp_path: Path) -> None:
    reader = export(tmp_path, message(1, name="Anna"), message(2, name=None) + message(3, name="Ben via @photo_bot"))
    posts, _ = read(reader)
    assert [each.author for each in posts] == ["Anna", "Anna", "Ben"]
    assert [(each.name, each.text) for each in posts[2].details] == [("via_bot", "@photo_bot")]


def test_pages_come_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    posts, _ = read(export(tmp_path, *(message(number) for number in range(1, 13))))
    assert [each.id for each in posts] == list(range(1, 13))


@pytest.mark.parametrize(
    ("title", "time", "known"),
    [
        ("01.03.2024 10:00:00", datetime(2024, 3, 1, 10, tzinfo=UTC), False),
        ("01.03.2024 10:00:00 UTC+03:00", datetime(2024, 3, 1, 7, tzinfo=UTC), True),
        ("01.03.2024 10:00:00 UTC-02:30", datetime(2024, 3, 1, 12, 30, tzinfo=UTC), True),
    ],
)
def test_old_and_new_dates_are_read(tmp_path: Path, title: str, time: datetime, *, known: bool) -> None:
    post = only(tmp_path, message(title=title))
    assert (post.time, post.zone_known) == (time, known)


@pytest.mark.parametrize("title", ["", "31.02.2024 10:00:00", "01.03.1969 10:00:00", "01.03.2101 10:00:00", "soon"])
def test_a_date_that_cannot_be_read_leaves_a_post_without_a_time(tmp_path: Path, title: str) -> None:
    (post,), (damage,) = read(export(tmp_path, message(title=title)))
    assert (post.time, damage.posts_lost) == (None, 0)


def test_day_separators_are_no_posts_and_service_rows_have_their_day(tmp_path: Path) -> None:
    row = '<div class="message service" id="message7"><div class="body details">\nReader joined\n</div></div>'
    migrated = '<div class="message service" id="message-999678450"><div class="body details">x</div></div>'
    posts, _ = read(export(tmp_path, DAY + row + migrated))
    day = datetime(2024, 3, 1, tzinfo=UTC)
    assert [(each.id, each.kind, each.time, each.zone_known) for each in posts] == [
        (7, PostKind.SERVICE, day, False),
        (-999678450, PostKind.SERVICE, day, False),
    ]
    assert (posts[0].text, posts[0].details) == ("Reader joined", (Detail(name="time is exact to", text="the day"),))


@pytest.mark.parametrize(
    ("words", "author"),
    [
        ("Анна Б created group «Garden» with members Анна Б and Ben", "Анна Б"),
        ("Anna removed Ben", "Anna"),
        ("Anna joined group by link from Ben", "Anna"),
        ("Anna pinned this message", "Anna"),
        ("Anna converted this group to a supergroup", "Anna"),
        ("Who invited Ben pinned this message", None),
        ("Channel «Who invited Ben» created", None),
        ("Group photo changed", None),
        (" invited Ben", None),
    ],
)
def test_the_author_of_a_service_row_is_who_its_words_name_and_nobody_where_they_name_two(
    words: str, author: str | None
) -> None:
    page = f'<div class="message service"><div class="body">{words}</div></div>'
    row = LexborHTMLParser(page).css_first("div")
    assert service_of(row, channel="c", id=7, before=Before()).author == author


@pytest.mark.parametrize("day", [None, "31 February 2024", "1 Vendredi 2024", "1 March 1969", "soon", "1  2024"])
def test_a_day_that_is_in_no_calendar_leaves_a_service_row_without_a_time(day: str | None) -> None:
    row = LexborHTMLParser('<div class="message service"><div class="body">Reader joined</div></div>').css_first("div")
    post = service_of(row, channel="c", id=7, before=Before(day=day))
    assert (post.time, post.zone_known, post.details) == (None, True, ())


def test_a_foreign_page_of_that_name_is_refused_and_beside_an_export_set_aside(tmp_path: Path) -> None:
    (tmp_path / "messages.html").write_text("<html><body><p>a shop</p></body></html>", encoding="utf-8")
    with pytest.raises(SourceError, match=r"messages\.html in .* has no history of messages"):
        open_source(tmp_path)
    (tmp_path / "chat").mkdir()
    export(tmp_path / "chat", message())
    reader = open_source(tmp_path)
    posts, (damage,) = read(reader)
    assert (len(posts), damage.place, damage.posts_lost, len(reader.channels())) == (1, "messages.html", 0, 1)


def test_words_links_mentions_forwards_replies_and_reactions_are_read(tmp_path: Path) -> None:
    text = 'see<br><strong>here</strong> <a href="https://a.example/x">there</a> <a href="https://t.me/bot">@bot</a>'
    body = (
        '<div class="reply_to details">In reply to <a href="messages.html#go_to_message5">this message</a></div>'
        '<div class="forwarded body"><div class="from_name">Channel <span class="date details" title="">1</span></div>'
        f'<div class="text">{text}</div></div><div class="signature details">Signed</div>'
        '<span class="reactions"><span class="reaction"><span class="emoji">x</span><span class="count">3</span></span>'
        '<span class="reaction"><span class="emoji">y</span><span class="userpics"><div class="userpic"></div></span>'
        "</span></span>"
    )
    post = only(tmp_path, message(body=body))
    assert post.text == "see\nhere there @bot"
    assert (post.links, post.mentions) == (("https://a.example/x",), ("@bot",))
    assert (post.forward, post.reply_to, post.author) == (Forward(name="Channel"), 5, "Reader")
    assert post.reactions == (Reaction(label="x", count=3), Reaction(label="y", count=1))
    assert [(each.name, each.text) for each in post.details] == [("signature", "Signed")]


def test_a_poll_is_read(tmp_path: Path) -> None:
    body = (
        '<div class="media_wrap clearfix"><div class="media_poll"><div class="question bold">Which?</div>'
        '<div class="details">Anonymous poll</div><div class="answer">- one '
        '<span class="details">1,200 votes</span></div>'
        '<div class="answer">- two</div><div class="total details">1,200 votes</div></div></div>'
    )
    answers = (PollAnswer(text="one", voters=1200), PollAnswer(text="two", voters=0))
    assert only(tmp_path, message(body=body)).poll == Poll(
        question="Which?", answers=answers, total_voters=1200, closed=False
    )


@pytest.mark.parametrize(
    ("inner", "kind", "absence"),
    [
        ('<a class="photo_wrap clearfix" href="photos/gone.jpg"></a>', MediaKind.PHOTO, Absence.FILE_MISSING),
        (
            (
                '<div class="media media_photo"><div class="title bold">Photo</div><div class="description">Not '
                "included, change data exporting settings to download.</div></div>"
            ),
            MediaKind.PHOTO,
            Absence.NOT_INCLUDED,
        ),
        (
            (
                '<div class="media media_video"><div class="title bold">Video file</div><div class="description">'
                "Exceeds maximum size, change data exporting settings to download.</div></div>"
            ),
            MediaKind.VIDEO,
            Absence.TOO_LARGE,
        ),
    ],
)
def test_a_file_that_is_not_there_says_why(tmp_path: Path, inner: str, kind: MediaKind, absence: Absence) -> None:
    (missing,) = only(tmp_path, message(body=f'<div class="media_wrap clearfix">{inner}</div>')).missing
    assert (missing.kind, missing.absence) == (kind, absence)


@pytest.mark.parametrize("href", ["../secret.jpg", "%2e%2e/secret.jpg", "/etc/hostname"])
def test_a_path_outside_the_export_is_damage_and_never_opened(tmp_path: Path, href: str) -> None:
    (tmp_path / "secret.jpg").write_bytes(b"not yours")
    folder = tmp_path / "export"
    folder.mkdir()
    body = f'<div class="media_wrap"><a class="photo_wrap" href="{href}"></a></div>'
    (post,), (damage,) = read(export(folder, message(body=body)))
    assert (post.media, post.missing[0].absence) == ((), Absence.OUTSIDE_SOURCE)
    assert "outside the export" in damage.reason


def test_a_message_without_a_number_is_lost_and_marked_by_its_words(tmp_path: Path) -> None:
    posts, damage = read(export(tmp_path, message(1) + message("x") + message("y", text="she is 15 years old")))
    assert len(posts) == 1
    assert [(each.posts_lost, each.marked is not None) for each in damage] == [(1, False), (1, True)]


def test_a_page_that_only_pretends_is_said_and_nothing_in_it_runs(tmp_path: Path) -> None:
    reader = export(tmp_path, message(1))
    (tmp_path / "messages2.html").write_text("<html><script>alert(1)</script><body>login</body></html>", "utf-8")
    (post,), (damage,) = read(reader := TelegramHtml().open(tmp_path))
    assert (post.id, damage.place, damage.posts_lost) == (1, "messages2.html", 0)
    assert "no page of a telegram export" in damage.reason
    assert reader.id.startswith("telegram-html-")


def test_control_and_right_to_left_characters_stay_words(tmp_path: Path) -> None:
    assert only(tmp_path, message(text="a\u202eb\u0007c")).text == "a\u202eb\u0007c"


def test_an_account_gives_every_chat(tmp_path: Path) -> None:
    for number in (1, 2):
        folder = tmp_path / "chats" / f"chat_{number:03}"
        folder.mkdir(parents=True)
        export(folder, message(number), title=f"Chat {number}")
    reader = TelegramHtml().open(tmp_path)
    posts, _ = read(reader)
    assert [each.name for each in reader.channels()] == ["Chat 1", "Chat 2"]
    assert len({post.channel for post in posts}) == 2


def test_pages_are_recognised_and_json_comes_first(tmp_path: Path) -> None:
    export(tmp_path, message(1))
    assert isinstance(TelegramHtml(), Source)
    assert TelegramHtml().recognises(tmp_path)
    assert isinstance(open_source(tmp_path), TelegramHtmlReader)
    (tmp_path / "result.json").write_text('{"id": 1, "messages": []}', encoding="utf-8")
    assert not isinstance(open_source(tmp_path), TelegramHtmlReader)
    with pytest.raises(SourceError, match="no such folder"):
        TelegramHtml().open(tmp_path / "nowhere")
