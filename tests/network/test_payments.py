"""Payments that posts name: by their form and check digits, counted and never told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.labelled_texts import MADE, broken
from network.made import CHAT, GALLERY, measured, network, post
from takeback.network.payments import payments_in
from takeback.network.wallets import is_base58check, is_bech32, is_card, is_ton


@pytest.mark.parametrize(
    "address",
    [
        "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
        "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
    ],
)
def test_the_addresses_of_the_standards_are_right(address: str) -> None:
    """Examples of BIP 173 and BIP 350."""
    assert is_bech32(address)
    assert not is_bech32(address[:-1] + ("q" if address[-1] != "q" else "p"))


@pytest.mark.parametrize(
    ("number", "right"), [("4539 1488 0343 6467", True), ("4539148803436468", False), ("42", False)]
)
def test_a_card_has_its_check_digit(number: str, right: int) -> None:
    assert is_card(number) == right


@given(st.sampled_from(["btc", "tron", "ton"]), st.data())
def test_one_wrong_character_makes_another_number(kind: str, data: st.DataObject) -> None:
    address = MADE[kind]
    place = data.draw(st.integers(1, len(address) - 1))
    wrong = address[:place] + broken(address[: place + 1])[-1] + address[place + 1 :]
    assert len(payments_in(address)) == 1
    assert payments_in(wrong) == ()


@given(st.text(max_size=60))
def test_any_text_has_a_right_sum_or_not_and_breaks_nothing(text: str) -> None:
    assert not is_base58check(text, versions=()), text
    is_bech32(text)
    is_ton(text)
    is_card(text)


def test_a_wallet_in_two_posts_is_one_address_and_stands_in_no_measure() -> None:
    posts = [post(CHAT, 1, text=f"pay {MADE['btc']}"), post(GALLERY, 2, text=f"{MADE['btc']} or {MADE['card']}")]
    linked = post(CHAT, 3, links=("https://paypal.me/harbour",))
    found = measured(network(*posts, linked))
    values = {id: each.value for id, each in found.items() if id.startswith("payments")}
    assert values == {
        "payments.posts": 3,
        "payments.posts.bitcoin": 2,
        "payments.addresses.bitcoin": 1,
        "payments.posts.card": 1,
        "payments.addresses.card": 1,
        "payments.posts.paypal": 1,
        "payments.addresses.paypal": 1,
    }
    assert [each for each in (MADE["btc"], "0343", "harbour") if each in repr(found)] == []
