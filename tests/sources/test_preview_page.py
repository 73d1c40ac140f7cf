"""Preview pages of Telegram."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest

from sources.made_archives import message, photo, preview
from takeback.model.channel import Audience, Channel, ChannelKind, Forward, Poll, PollAnswer, PostKind, Reaction
from takeback.model.media import MediaKind
from takeback.sources.preview_page import channel_of, read_preview
from takeback.sources.web_page import NamedPicture, PagePost, Reading, WebPage

TIME = datetime(2020, 7, 31, 12, tzinfo=UTC)
URI = "https://t.me/s/picture_garden"


def reading(content: bytes, uri: str = URI) -> Reading:
    return read_preview(WebPage(uri=uri, time=TIME, html=content.decode()))


def only_post(more: str = "", text: str = "a word", **named: str) -> PagePost:
    (found,) = reading(preview(message(7, text, more=more, **named))).posts
    return found


def test_a_post_has_its_number_time_words_author_and_views() -> None:
    found = only_post(text='one<br>two <i class="emoji"><b>👍</b></i> &amp; <b>three</b>')
    post = found.post
    assert (post.channel, post.id, post.kind) == ("telegram:@picture_garden", 7, PostKind.MESSAGE)
    assert post.time == datetime(2020, 7, 30, 7, tzinfo=UTC)
    assert post.zone_known
    assert post.text == "one\ntwo 👍 & three"
    assert post.author == "Picture Garden"
    assert post.views == 1200


def test_links_lead_from_words_buttons_and_previews_and_mentions_are_apart() -> None:
    found = only_post(
        text='<a href="https://example.org/a">here</a> <a href="https://t.me/photo_bot">@photo_bot</a>'
        '<a href="#x">x</a>',
        more='<a class="tgme_widget_message_link_preview" href="https://example.org/b">b</a>'
        '<div class="tgme_widget_message_inline_row"><a href="/other?start=9">Go</a></div>',
    )
    assert found.post.links == (
        "https://example.org/a",
        "https://t.me/photo_bot",
        "https://t.me/other?start=9",
        "https://example.org/b",
    )
    assert found.post.mentions == ("@photo_bot",)


@pytest.mark.parametrize(
    ("markup", "forward"),
    [
        (
            '<a class="tgme_widget_message_forwarded_from_name" href="https://t.me/Other_Room/55"><span>Other</span></a>',
            Forward(name="Other", origin="telegram:@other_room"),
        ),
        ('<span class="tgme_widget_message_forwarded_from_name">Somebody</span>', Forward(name="Somebody")),
    ],
)
def test_a_forward_has_its_name_and_where_it_is_public_its_channel(markup: str, forward: Forward) -> None:
    assert only_post(more=markup).post.forward == forward


def test_an_answer_points_into_its_own_channel_and_quoted_words_are_not_its_own() -> None:
    quoted = (
        '<a class="tgme_widget_message_reply" href="https://t.me/picture_garden/5">'
        '<div class="tgme_widget_message_text js-message_reply_text">quoted</div></a>'
    )
    post = only_post(more=quoted).post
    assert (post.reply_to, post.text) == (5, "a word")
    assert only_post(more=quoted.replace("picture_garden", "elsewhere")).post.reply_to is None


def test_a_poll_has_its_answers_and_voters_as_far_as_per_cents_tell() -> None:
    poll = """<div class="tgme_widget_message_poll"><div class="tgme_widget_message_poll_question">Which?</div>
    <div class="tgme_widget_message_poll_type">Final results</div>
    <a class="tgme_widget_message_poll_option"><div class="tgme_widget_message_poll_option_percent">63%</div>
    <div class="tgme_widget_message_poll_option_text">This</div></a>
    <a class="tgme_widget_message_poll_option"><div class="tgme_widget_message_poll_option_percent">37%</div>
    <div class="tgme_widget_message_poll_option_text">That</div></a></div>
    <span class="tgme_widget_message_voters">200</span>"""
    answers = (PollAnswer(text="This", voters=126), PollAnswer(text="That", voters=74))
    assert only_post(more=poll).post.poll == Poll(question="Which?", answers=answers, total_voters=200, closed=True)


def test_reactions_have_their_counts() -> None:
    given = '<span class="tgme_reaction"><i class="emoji"><b>🔥</b></i>1.1K</span>'
    assert only_post(more=given).post.reactions == (Reaction(label="🔥", count=1100),)


def test_pictures_are_named_by_their_addresses() -> None:
    named = only_post(
        more=photo()
        + """<i class="tgme_widget_message_video_thumb" style="background-image:url('/thumb.jpg')"></i>
        <video src="https://cdn4.telesco.pe/clip.mp4"></video>
        <div class="tgme_widget_message_document_title">list.pdf</div>"""
    ).pictures
    assert named == (
        NamedPicture(uri="https://cdn4.telesco.pe/file/one.jpg", kind=MediaKind.PHOTO),
        NamedPicture(uri="https://t.me/thumb.jpg", kind=MediaKind.THUMBNAIL),
        NamedPicture(uri="https://cdn4.telesco.pe/clip.mp4", kind=MediaKind.VIDEO),
        NamedPicture(uri="list.pdf", kind=MediaKind.DOCUMENT),
    )


@pytest.mark.parametrize(
    ("content", "members", "source"),
    [
        (preview(), 45_615, "t.me preview"),
        (preview(counter="45.6K subscribers"), 45_600, "t.me preview, rounded to 100"),
        (preview(counter=""), 45_600, "t.me preview, rounded to 100"),
    ],
)
def test_subscribers_are_counted_at_the_time_of_the_record_and_rounding_is_said(
    content: bytes, members: int, source: str
) -> None:
    (audience,) = reading(content).audiences
    assert audience == Audience(channel="telegram:@picture_garden", members=members, time=TIME, source=source)


def test_the_page_of_a_name_alone_gives_its_members() -> None:
    page = b'<div class="tgme_page_title">Talk</div><div class="tgme_page_extra">1 204 members, 56 online</div>'
    found = reading(page, "https://t.me/Garden_Talk")
    assert [each.members for each in found.audiences] == [1204]
    assert found.channels == (
        Channel(id="telegram:@garden_talk", name="Talk", kind=ChannelKind.PUBLIC_SUPERGROUP, username="garden_talk"),
    )


def test_without_a_date_of_the_record_nothing_is_counted() -> None:
    assert read_preview(WebPage(uri=URI, time=None, html=preview().decode())).audiences == ()


@pytest.mark.parametrize(
    "mark",
    [
        'data-peer="c1234567890_77"',
        'data-view="' + base64.urlsafe_b64encode(b'{"c":-1234567890,"p":"7","h":"x"}').decode().rstrip("=") + '"',
    ],
)
def test_the_platforms_own_number_is_read_where_the_page_has_it(mark: str) -> None:
    content = preview(message(7)).replace(b'data-peer="c1234567890_77"', mark.encode())
    assert reading(content).numbers == (("telegram:@picture_garden", "telegram:1234567890"),)
    broken = preview(message(7)).replace(b'data-peer="c1234567890_77"', b'data-view="%%%"')
    assert reading(broken).numbers == ()


def test_a_page_that_pretends_to_be_another_channels_is_not_believed() -> None:
    found = reading(preview(message(7), message(8, name="another_room")))
    assert [each.post.id for each in found.posts] == [7]
    assert found.foreign == ("a post on the page names another channel than its address",)


@pytest.mark.parametrize(
    "time", ["", "yesterday", "1969-12-31T00:00:00+00:00", "2101-01-01T00:00:00+00:00", "0001-01-01T00:00:00+14:00"]
)
def test_a_time_that_cannot_be_is_none(time: str) -> None:
    assert only_post(time=time).post.time is None


def test_control_and_right_to_left_characters_stay_in_the_words() -> None:
    assert only_post(text="a\u202eb\x07c").post.text == "a\u202eb\x07c"


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("https://t.me/s/Picture_Garden", "picture_garden"),
        ("https://t.me/s/picture_garden?before=20", "picture_garden"),
        ("https://t.me/picture_garden/55?embed=1", "picture_garden"),
        ("https://t.me/share/url?url=x", None),
        ("https://t.me/+abcdef", None),
        ("https://t.me/joinchat/abcdef", None),
        ("https://t.me/", None),
        ("https://[", None),
    ],
)
def test_the_address_names_the_channel(uri: str, name: str | None) -> None:
    assert channel_of(uri) == name


def test_a_page_that_is_nested_as_none_is_refused_at_once() -> None:
    found = reading(b"<div>" * 200_000)
    assert found.posts == ()
    assert found.foreign == ("the page is nested too deep to be one",)
