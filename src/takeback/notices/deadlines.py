"""Deadlines: when a recipient must have acted, and a calendar that a lock screen may show."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from takeback.errors import UsageError
from takeback.model.notice import Clock, Deadline, NoticeEvent, Regime

ALARMS = (timedelta(hours=12), timedelta(hours=1))
_STARTS = {
    NoticeEvent.RECEIVED: "Counted from receipt.",
    NoticeEvent.ACKNOWLEDGED: "Counted from the acknowledgement; receipt itself was not recorded and may be earlier.",
    NoticeEvent.SENT: "Counted from sending; record the receipt, from which the law counts.",
}
_REFERENCE = re.compile(r"[0-9a-f]{6,64}")


def deadline(regime: Regime, event: NoticeEvent, at: datetime, notice_id: str) -> Deadline:
    """When the recipient of a notice must have acted, in UTC, or None where the law names no hours.

    Hours are counted in elapsed time, so a change of the clocks in between moves nothing.

    Raises:
        UsageError: the event starts no clock.
    """
    if at.tzinfo is None:
        raise ValueError("a deadline starts at an aware time")
    if event not in _STARTS:
        starts = ", ".join(each.value for each in _STARTS)
        raise UsageError(f"the event {event.value!r} starts no clock (events that do: {starts})")
    started = at.astimezone(UTC)
    counted = regime.hours is not None and regime.clock is not Clock.NONE
    return Deadline(
        notice=notice_id,
        regime=regime.id,
        started_by=event,
        started=started,
        due=started + timedelta(hours=regime.hours or 0) if counted else None,
        text=f"{regime.deadline_text} {_STARTS[event]}" if counted else regime.deadline_text,
    )


def calendar(deadlines: Iterable[Deadline], *, made: datetime) -> bytes:
    """The deadlines as an iCalendar file: the same deadlines and the same ``made`` give the same bytes.

    Each has an alarm 12 hours and 1 hour before. Summaries hold a reference and nothing else, for a lock screen may
    show them. A deadline without hours has no entry.
    """
    from icalendar import Alarm, Calendar, Event

    if made.tzinfo is None:
        raise ValueError("a calendar is made at an aware time")
    page = Calendar()
    page.add("prodid", "-//takeback//deadlines//EN")
    page.add("version", "2.0")
    for each in sorted(deadlines, key=lambda one: (one.due or one.started, one.notice, one.started_by)):
        if each.due is None:
            continue
        entry = Event()
        entry.add("uid", f"{_digest(each)}@takeback.invalid")
        entry.add("dtstamp", made.astimezone(UTC))
        entry.add("dtstart", each.due)
        entry.add("summary", f"Reply due, reference {reference(each.notice)}")
        entry.add("class", "PRIVATE")
        entry.add("transp", "TRANSPARENT")
        for before in ALARMS:
            alarm = Alarm()
            alarm.add("action", "DISPLAY")
            alarm.add("description", "Reply due")
            alarm.add("trigger", -before)
            entry.add_component(alarm)
        page.add_component(entry)
    return bytes(page.to_ical())


def reference(notice_id: str) -> str:
    """What a summary may show of a notice: hexadecimal digits, from the end of its id or from its digest."""
    last = notice_id.rsplit("-", 1)[-1]
    return last[:8] if _REFERENCE.fullmatch(last) else hashlib.sha256(notice_id.encode()).hexdigest()[:8]


def _digest(each: Deadline) -> str:
    return hashlib.sha256(f"{each.regime}\n{each.notice}\n{each.started_by.value}".encode()).hexdigest()[:32]
