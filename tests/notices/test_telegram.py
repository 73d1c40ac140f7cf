"""How Telegram is reached."""

from __future__ import annotations

import pytest

from notices import made_up
from takeback.errors import ElementMissing
from takeback.model.notice import Confidence
from takeback.notices.contacts import Audience, best, load_contacts
from takeback.notices.locators import openable
from takeback.notices.telegram import Telegram
from takeback.protocols import Recipient


def test_it_is_a_recipient() -> None:
    assert isinstance(Telegram(), Recipient)


@pytest.mark.parametrize("host", ["t.me", "T.ME", "www.telegram.org", "telegram.me"])
def test_its_addresses_say_where_they_were_seen_and_how_sure_we_are(host: str) -> None:
    addressees = Telegram().addressees(host)
    assert {each.channel for each in addressees} >= {"dsa_form", "abuse_email"}
    assert all(each.seen and isinstance(each.confidence, Confidence) for each in addressees)


def test_addresses_for_authorities_or_minor_routes_are_never_offered() -> None:
    closed = {each.address for each in load_contacts() if each.audience is not Audience.ANYONE}
    assert "dsa.telegram@edsr.eu" in closed
    assert "stopCA@telegram.org" in closed
    assert not closed & {each.address for each in Telegram().addressees("t.me")}


def test_it_answers_for_no_other_host() -> None:
    assert Telegram().addressees("platform.example") == ()


def test_its_locator_can_be_opened() -> None:
    locator = Telegram().locator("made_up_channel", 12)
    assert locator == "https://t.me/made_up_channel/12"
    assert openable(locator)


@pytest.mark.parametrize(("username", "post"), [("", 1), ("c", 1), ("a b c d", 1), ("../etc", 1), ("made_up", 0)])
def test_without_a_username_there_is_no_locator(username: str, post: int) -> None:
    with pytest.raises(ElementMissing, match=r"channels\.csv") as caught:
        Telegram().locator(username, post)
    assert caught.value.missing == ("content_locator",)


@pytest.mark.parametrize(
    ("name", "channel"), [("us-tida-48h", "abuse_email"), ("eu-dsa-16", "dsa_form"), ("uk-osa-20a", "abuse_email")]
)
def test_each_regime_has_a_way_to_telegram(name: str, channel: str) -> None:
    chosen = best(made_up.regime(name), Telegram().addressees("t.me"))
    assert chosen is not None
    assert chosen.channel == channel


def test_where_no_channel_fits_there_is_no_recipient() -> None:
    assert best(made_up.regime("us-tida-48h"), ()) is None


def test_the_cover_names_the_law_and_the_reference_and_no_person() -> None:
    notice = made_up.notice()
    cover = Telegram().cover(notice)
    assert notice.id in cover
    assert "TAKE IT DOWN" in cover
    assert "caseworker" not in cover
