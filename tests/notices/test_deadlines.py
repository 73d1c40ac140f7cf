"""Clocks start at the event that the law names, and run in elapsed hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from notices import made_up
from takeback.errors import UsageError
from takeback.model.notice import NoticeEvent, Regime
from takeback.notices.deadlines import calendar, deadline, reference
from takeback.notices.regimes import load_regimes

SENSITIVE = ("intimate", "tida", "osa", "dsa", "nude", "image", "picture", "person", "takedown", "telegram", "helpline")


@pytest.mark.parametrize("regime", load_regimes(), ids=lambda each: each.id)
def test_the_worked_example_of_each_regime_holds(regime: Regime) -> None:
    assert deadline(regime, NoticeEvent.RECEIVED, regime.example.event, "n").due == regime.example.due


@pytest.mark.parametrize(
    ("zone", "before"),
    [
        ("Europe/London", datetime(2026, 10, 24, 23, 30)),  # noqa: DTZ001  # local wall time of the zone beside it
        ("Europe/Berlin", datetime(2027, 3, 27, 12, 0)),  # noqa: DTZ001  # as above
        ("America/New_York", datetime(2026, 10, 31, 12, 0)),  # noqa: DTZ001  # as above
        ("Australia/Lord_Howe", datetime(2027, 4, 3, 12, 0)),  # noqa: DTZ001  # as above; half an hour
    ],
)
def test_hours_are_elapsed_hours_across_a_change_of_the_clocks(zone: str, before: datetime) -> None:
    at = before.replace(tzinfo=ZoneInfo(zone))
    due = deadline(made_up.regime("uk-osa-20a"), NoticeEvent.RECEIVED, at, "n").due
    assert due is not None
    assert due.timestamp() - at.timestamp() == 48 * 3600
    assert due.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != before + timedelta(hours=48)


@given(st.integers(min_value=946_684_800, max_value=3_786_912_000), st.timezones())
def test_a_deadline_is_in_utc_and_exactly_48_hours_later(second: int, zone: ZoneInfo) -> None:
    at = datetime.fromtimestamp(second, tz=zone)
    made = deadline(made_up.regime("us-tida-48h"), NoticeEvent.RECEIVED, at, "n")
    assert made.due is not None
    assert made.due.tzinfo is UTC
    assert made.due.timestamp() - at.timestamp() == 48 * 3600


def test_where_the_law_names_no_hours_there_is_no_due_time_but_its_words() -> None:
    made = deadline(made_up.regime("eu-dsa-16"), NoticeEvent.RECEIVED, made_up.MADE, "n")
    assert made.due is None
    assert "without undue delay" in made.text


@pytest.mark.parametrize(
    "event", [NoticeEvent.REFUSED, NoticeEvent.REMOVED, NoticeEvent.REAPPEARED, NoticeEvent.WITHDRAWN]
)
def test_an_event_that_starts_no_clock_says_which_do(event: NoticeEvent) -> None:
    with pytest.raises(UsageError, match="received"):
        deadline(made_up.regime("us-tida-48h"), event, made_up.MADE, "n")


def test_counted_from_sending_it_says_so() -> None:
    assert "record the receipt" in deadline(made_up.regime("us-tida-48h"), NoticeEvent.SENT, made_up.MADE, "n").text


def test_a_naive_time_is_a_mistake_of_the_caller() -> None:
    naive = datetime(2026, 11, 24)  # noqa: DTZ001  # the mistake itself
    with pytest.raises(ValueError, match="aware"):
        deadline(made_up.regime("us-tida-48h"), NoticeEvent.SENT, naive, "n")
    with pytest.raises(ValueError, match="aware"):
        calendar((), made=naive)


def page(*names: str) -> bytes:
    made = [
        deadline(made_up.regime(name), NoticeEvent.RECEIVED, made_up.MADE, made_up.notice(name).id) for name in names
    ]
    return calendar(made, made=made_up.MADE)


def test_a_calendar_has_an_entry_with_two_alarms_for_each_deadline_with_hours() -> None:
    read = Calendar.from_ical(page("us-tida-48h", "uk-osa-20a", "eu-dsa-16"))
    entries = read.walk("VEVENT")
    assert [each.decoded("dtstart") for each in entries] == [made_up.MADE + timedelta(hours=48)] * 2
    for each in entries:
        assert [alarm.decoded("trigger") for alarm in each.walk("VALARM")] == [
            timedelta(hours=-12),
            timedelta(hours=-1),
        ]


def test_the_same_deadlines_in_any_order_give_the_same_bytes() -> None:
    assert page("us-tida-48h", "uk-osa-20a") == page("uk-osa-20a", "us-tida-48h")


def test_a_calendar_shows_nothing_that_a_lock_screen_must_not() -> None:
    text = page("us-tida-48h", "uk-osa-20a").decode().lower()
    assert not [word for word in SENSITIVE if word in text]


def test_a_summary_names_the_notice_by_the_end_of_its_id() -> None:
    assert reference("us-tida-48h-0123456789ab") == "01234567"
    assert "secret" not in reference("a secret")
