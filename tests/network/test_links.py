"""Links by host."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.made import CHAT, measured, network, post
from takeback.network.links import OTHER, TELEGRAM, host_of


@pytest.mark.parametrize(
    ("link", "host"),
    [
        ("https://WWW.Example.org/path?x=1#y", "example.org"),
        ("example.org/path", "example.org"),
        ("example.org:8080/path", "example.org"),
        ("http://user:pass@example.org:80/", "example.org"),
        ("https://m.vk.com/page", "m.vk.com"),
        ("https://пример.рф/x", "xn--e1afmkfd.xn--p1ai"),
        ("https://example.org./", "example.org"),
        ("https://t.me/name", TELEGRAM),
        ("t.me/+secret", TELEGRAM),
        ("https://telegram.me/name", TELEGRAM),
        ("https://handle.t.me/5", TELEGRAM),
        ("tg://resolve?domain=name", TELEGRAM),
        ("@handle", TELEGRAM),
        ("mailto:somebody@example.org", OTHER),
        ("tel:+123", OTHER),
        ("https://", OTHER),
        ("https://[::1", OTHER),
        ("http://a b/", OTHER),
        ("nothing", OTHER),
        ("", OTHER),
        ("https://not-t.me/x", "not-t.me"),
    ],
)
def test_a_link_is_known_by_its_host_alone(link: str, host: str) -> None:
    assert host_of(link) == host


@given(st.text())
def test_whatever_a_link_is_a_host_is_all_that_is_told(link: str) -> None:
    for text in (link, f"https://{link}", f"//{link}/x"):
        host = host_of(text)
        assert host in {TELEGRAM, OTHER} or re.fullmatch(r"[a-z0-9._-]+", host)


def test_many_hosts_are_named_up_to_fifty_and_the_rest_is_counted() -> None:
    links = tuple(f"https://h{number:02}.example/{number}" for number in range(60))
    measures = measured(network(post(CHAT, 1, links=links)))
    assert sum(id.startswith("links.host.") for id in measures) == 50
    assert (measures["links.host-rest"].value, measures["links.hosts"].value) == (10, 60)
