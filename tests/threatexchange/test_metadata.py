"""What lies beside a hash comes back as it was, and a file can name nothing but their records."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from takeback.errors import HashIndexError

pytest.importorskip("threatexchange.signal_type", reason="a peer; `pip install threatexchange` brings it")

from threatexchange.exchanges.clients.stopncii.api import StopNCIICSPFeedback, StopNCIICSPFeedbackValue
from threatexchange.exchanges.fetch_state import SignalOpinion, SignalOpinionCategory
from threatexchange.exchanges.helpers import SimpleFetchedSignalMetadata
from threatexchange.exchanges.impl.ncmec_api import NCMECSignalMetadata
from threatexchange.exchanges.impl.stop_ncii_api import StopNCIISignalMetadata

from takeback.threatexchange.metadata import plain, rebuilt

leaves = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=5) | st.floats(allow_nan=False)
keys = st.text(max_size=5) | st.integers(0, 9) | st.tuples(st.integers(0, 9), st.text(max_size=2))
values = st.recursive(
    leaves | st.sets(st.integers(0, 9)),
    lambda inner: st.lists(inner, max_size=4) | st.tuples(inner, inner) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=12,
)


@settings(deadline=None)
@given(values)
def test_plain_values_come_back(value: object) -> None:
    assert rebuilt(plain(value)) == value


@pytest.mark.parametrize(
    "record",
    [
        SimpleFetchedSignalMetadata([SignalOpinion(True, SignalOpinionCategory.NEGATIVE_CLASS, {"a", "b"})]),
        StopNCIISignalMetadata([StopNCIICSPFeedback(StopNCIICSPFeedbackValue.Blocked, {"tag"}, "platform")]),
        NCMECSignalMetadata({42: {"A1"}}),
    ],
)
def test_their_records_come_back(record: object) -> None:
    again = rebuilt(plain([("collaboration", record)]))
    assert again == [("collaboration", record)]
    assert type(again[0][1]) is type(record)  # type: ignore[index]  # the line above says what it is


@pytest.mark.parametrize("value", [object(), b"bytes", print, SignalOpinion, 1j])
def test_what_has_no_plain_form_is_named(value: object) -> None:
    with pytest.raises(HashIndexError):
        plain(value)


SIGNAL_OPINION = "threatexchange.exchanges.fetch_state:SignalOpinion"


@pytest.mark.parametrize(
    "hostile",
    [
        {"record": "os:system", "fields": {}},
        {"record": "subprocess:Popen", "fields": {"args": ["true"]}},
        {"record": "threatexchange.exchanges.nowhere:Thing", "fields": {}},
        {"record": "threatexchange.exchanges.fetch_state:SignalOpinion.__init__", "fields": {}},
        {"record": "threatexchange.exchanges.fetch_state:ABC", "fields": {}},
        {"record": "threatexchange.exchanges.fetch_state", "fields": {}},
        {"record": SIGNAL_OPINION, "fields": {"is_mine": True}},
        {"record": SIGNAL_OPINION, "fields": {"is_mine": True, "category": 1, "tags": [], "more": 1}},
        {"record": "threatexchange.exchanges.fetch_state:SignalOpinionCategory", "fields": {}},
        {"enum": SIGNAL_OPINION, "value": "is_mine"},
        {"enum": "threatexchange.exchanges.fetch_state:SignalOpinionCategory", "value": "mro"},
        {"pairs": [[1]]},
        {"pairs": ["no"]},
        {"other": 1},
        {},
    ],
)
def test_a_file_can_name_nothing_else(hostile: dict[str, object]) -> None:
    with pytest.raises(HashIndexError):
        rebuilt(hostile)  # type: ignore[arg-type]  # what a file may hold
