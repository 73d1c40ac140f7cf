"""Notices of a case: what must be asked, which letters are complete, what was recorded, which clocks run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from takeback.errors import ConsentError, ElementMissing, HarmRule, Refused, UsageError
from takeback.jobs.case import Case
from takeback.jobs.consents import check_allowed, original_named
from takeback.jobs.documents import write_all
from takeback.jobs.people import holds
from takeback.model.channel import Post, PostRef
from takeback.model.consent import Purpose
from takeback.model.evidence import LedgerEntry
from takeback.model.finding import DepictionStatement, Evidence, Finding
from takeback.model.notice import (
    Answer,
    Deadline,
    Item,
    Notice,
    NoticeEvent,
    Recipient,
    Regime,
    RegimeKind,
)
from takeback.notices.contacts import best
from takeback.notices.deadlines import calendar, deadline
from takeback.notices.letter_pdf import letter_json, letter_pdf, read_letter
from takeback.notices.letters import prepare
from takeback.notices.questions import parse_answers, questionnaire, questions
from takeback.notices.regimes import in_force, load_regimes
from takeback.plugins import recipient as recipient_named

STARTS = frozenset({NoticeEvent.SENT, NoticeEvent.RECEIVED, NoticeEvent.ACKNOWLEDGED})
_CLOCK_SKEW = timedelta(minutes=5)
ENDS = frozenset({NoticeEvent.REMOVED, NoticeEvent.WITHDRAWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterLine:
    """One finding under one regime: ready to prepare, or why not."""

    finding: str
    regime: str
    ready: bool
    missing: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeState:
    """A prepared notice, what was last recorded of it, and its clock."""

    id: str
    regime: str
    recipient: str
    findings: tuple[str, ...]
    state: str
    deadline: Deadline | None


def ask(case: Case) -> str:
    """The questionnaire for what only a person can say, asked once across regimes."""
    return questionnaire(_regimes(case.clock()), answers_of(case))


def answer(case: Case, text: str) -> int:
    """Keep the answers of a questionnaire; how many there were."""
    given = parse_answers(text)
    with case.transaction():
        for each in given:
            case.store.add_answer(each)
        case.record("answers_given", public={"answers": len(given)})
    return len(given)


def unanswered(case: Case) -> tuple[str, ...]:
    """The required elements that nobody has given yet."""
    return tuple(each.name for each in questions(_regimes(case.clock()), answers_of(case)))


def answers_of(case: Case) -> Mapping[str, Answer]:
    """What was answered; of two answers for one element the later counts."""
    return {each.element: each for each in case.store.answers()}


def lines(case: Case) -> tuple[LetterLine, ...]:
    """Every finding under every regime in force: ready, or what stands in the way."""
    now = case.clock()
    return tuple(_line(case, finding, regime, now) for finding in case.findings for regime in _regimes(now))


def _line(case: Case, finding: Finding, regime: Regime, now: datetime) -> LetterLine:
    missing: tuple[str, ...] = ()
    reason = ""
    try:
        _notice(case, finding, regime, now)
    except ElementMissing as error:
        missing, reason = error.missing, str(error)
    except (Refused, HarmRule) as error:
        reason = str(error)
    return LetterLine(finding=finding.id, regime=regime.id, ready=not reason, missing=missing, reason=reason)


def prepare_letters(case: Case, out: Path) -> tuple[Notice, ...]:
    """Write every letter that is complete (PDF and JSON) into a new folder, and keep the notices in the case.

    Letters are made under the law of the day on which they are asked for, and carry that ledger entry's time.
    """
    with case.transaction():
        made = datetime.fromisoformat(case.record("letters_requested").time)
        notices = tuple(notice for finding in case.findings for notice in _complete_notices(case, finding, made))
        known = case.store.notices()
        for notice in notices:
            if notice.id not in known:
                case.store.add_notice(
                    notice.id, letter_json(notice), findings=[finding.id for finding in notice.findings]
                )
                case.record("notice_prepared", public={"regime": notice.regime.id}, private={"notice": notice.id})
        write_all(out, {**_letters(notices), "deadlines.ics": calendar_of(case)})
    return notices


def _letters(notices: Iterable[Notice]) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for notice in notices:
        files[f"{notice.id}.pdf"] = letter_pdf(notice)
        files[f"{notice.id}.json"] = letter_json(notice)
        files[f"{notice.id}.txt"] = recipient_named("telegram").cover(notice).encode()
    return files


def _complete_notices(case: Case, finding: Finding, made: datetime) -> Iterable[Notice]:
    for regime in _regimes(made):
        try:
            yield _notice(case, finding, regime, made)
        except (Refused, HarmRule):
            continue


def _notice(case: Case, finding: Finding, regime: Regime, made: datetime) -> Notice:
    _check_carries(case, finding, today=made.date())
    statements = tuple(each for each in case.store.statements() if each.finding == finding.id and holds(each))
    return prepare(
        regime,
        _addressee(regime),
        (finding,),
        statements=_latest(statements),
        items=items_of(case, finding),
        answers=answers_of(case),
        made=made,
    )


def _check_carries(case: Case, finding: Finding, *, today: date) -> None:
    """Whether any letter may rest on this finding: the gate before every regime's own rules."""
    original = original_named(case, finding.examination.original)
    try:
        check_allowed(case, [original], Purpose.NOTIFY, today=today)
    except ConsentError as error:
        raise Refused(str(error)) from error
    if case.store.is_sealed(finding.examination.media):
        raise HarmRule(f"{finding.id} speaks of a sealed item: only the minor routes are open to it")
    if finding.confirmed_by is None:
        raise Refused(
            f"{finding.id} is confirmed by nobody, and no letter goes out on figures alone (takeback confirm)"
        )
    alteration = finding.examination.alteration
    if alteration is None or alteration.evidence is not Evidence.PIXELS:
        raise Refused(
            f"{finding.id} was compared by features alone, which errs more often than pixels do: it carries no letter "
            "(enrol the photograph at level sealed, then investigate again)"
        )


def _latest(statements: tuple[DepictionStatement, ...]) -> tuple[DepictionStatement, ...]:
    return statements[-1:]


def _addressee(regime: Regime) -> Recipient:
    found = best(regime, recipient_named("telegram").addressees("t.me"))
    if found is None:
        raise Refused(f"no address of Telegram is known for {regime.id} (add one to contacts.toml)")
    return found


def items_of(case: Case, finding: Finding) -> tuple[Item, ...]:
    """The posts of a finding as items of a letter; locators stay sealed until the second key releases them."""
    if finding.id not in case.store.released():
        raise Refused(
            f"the locators of {finding.id} are sealed (the second key lets them out: takeback release --case DIR "
            f"{finding.id})"
        )
    usernames = {channel.id: channel.username for channel in case.store.channels()}
    seen = posts_seen(case, finding.posts)
    telegram = recipient_named("telegram")
    found = []
    for post in finding.posts:
        username = usernames.get(post.channel)
        found.append(
            Item(
                finding=finding.id,
                locator=telegram.locator(username, post.id) if username else "",
                platform_id=f"{post.channel}/{post.id}",
                posted=seen[post].time if post in seen else None,
                observed=None,
                media_sha256=finding.examination.media,
            )
        )
    return tuple(each for each in found if each.locator) or tuple(found)


def posts_seen(case: Case, posts: Iterable[PostRef]) -> Mapping[PostRef, Post]:
    """These posts as the sources have them."""
    wanted = set(posts)
    seen: dict[PostRef, Post] = {}
    for channel in {each.channel for each in wanted}:
        for post in case.store.posts(channel):
            ref = PostRef(channel=post.channel, id=post.id)
            if ref in wanted:
                seen[ref] = post
    return seen


def record_event(case: Case, notice: str, event: NoticeEvent, at: datetime, *, note: str = "") -> Deadline | None:
    """Keep what happened to a notice, as a person says it did; the clock that it starts, if it starts one."""
    prepared = _prepared(case)
    if notice not in prepared:
        raise UsageError(f"no notice {notice!r} in this case (`takeback notices list --case DIR` lists them)")
    now = case.clock()
    if at > now + _CLOCK_SKEW:
        raise UsageError(
            f"{at:%Y-%m-%d %H:%M} UTC is still to come: record what has happened (now is {now:%Y-%m-%d %H:%M} UTC)"
        )
    with case.transaction():
        case.store.add_event(notice, event, at, note)
        case.record("notice_event", public={"event": event.value}, private={"notice": f"{notice}\n{note}"})
    return deadline(prepared[notice], event, at, notice) if event in STARTS else None


def states(case: Case) -> tuple[NoticeState, ...]:
    """Every prepared notice with its state and clock: none without a state."""
    found = []
    for id, regime in _prepared(case).items():
        kept = read_letter(case.store.notices()[id])
        events = [each for each in case.store.events() if each.notice == id]
        last = max(events, key=lambda each: each.time, default=None)
        found.append(
            NoticeState(
                id=id,
                regime=regime.id,
                recipient=kept.recipient,
                findings=kept.findings,
                state=last.event.value if last else "prepared",
                deadline=_running(case, id, regime) if last is None or last.event not in ENDS else None,
            )
        )
    return tuple(found)


def deadlines(case: Case) -> tuple[Deadline, ...]:
    """The clocks that run: one a notice, by the event that the law counts from."""
    return tuple(each.deadline for each in states(case) if each.deadline is not None)


def _running(case: Case, id: str, regime: Regime) -> Deadline | None:
    events = [each for each in case.store.events() if each.notice == id and each.event in STARTS]
    if not events:
        return None
    order = (NoticeEvent.RECEIVED, NoticeEvent.ACKNOWLEDGED, NoticeEvent.SENT)
    first = min(events, key=lambda each: (order.index(each.event), each.time))
    return deadline(regime, first.event, first.time, id)


def calendar_of(case: Case) -> bytes:
    """The running clocks as an iCalendar file."""
    return calendar(deadlines(case), made=last_act(case))


def last_act(case: Case) -> datetime:
    """The time that documents carry: that of the last ledger entry which is no publication."""
    return datetime.fromisoformat(acts(case)[-1].time)


def acts(case: Case) -> tuple[LedgerEntry, ...]:
    """The ledger up to the last act that is no publication: what documents made now hold and are dated by."""
    entries = list(case.store.ledger_entries())
    while entries and entries[-1].action == PUBLISHED:
        entries.pop()
    return tuple(entries)


PUBLISHED = "published"


def _regimes(now: datetime) -> tuple[Regime, ...]:
    known = in_force(load_regimes(), now.date())
    return tuple(each for each in known if each.kind is not RegimeKind.MINOR_ROUTE)


def _prepared(case: Case) -> Mapping[str, Regime]:
    regimes = {each.id: each for each in load_regimes()}
    return {id: regimes[read_letter(content).regime] for id, content in case.store.notices().items()}
