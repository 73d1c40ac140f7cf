"""The page that sets two windows of a case, or two cases, side by side."""

from __future__ import annotations

from collections.abc import Sequence

from takeback.model.measure import Measure
from takeback.report.blocks import Block, Document, Facts, Heading, Picture, Plain, Section, Table, Text
from takeback.report.comparison import Compared, Comparison, Side, Verdict
from takeback.report.families import Part, part_of
from takeback.report.measures import caveat_notes, is_bounds, is_share, plain, range_said, said
from takeback.report.network_outline import CONFIDENTIAL
from takeback.report.plots import growth_plot, growth_table, growth_words
from takeback.report.words import count, instant, visible

_TITLES: dict[Part, str] = {
    "big": "How big each is",
    "fast": "How fast each grows",
    "who": "Who spreads it",
    "fed": "How it is fed",
    "paid": "What it is paid with",
    "missing": "What is missing",
}
_UNEQUAL = 1.1


def comparison_document(comparison: Comparison) -> Document:
    """The comparison as a document."""
    first, second = comparison.first, comparison.second
    return Document(
        title="Two windows, side by side" if comparison.one_case else "Two cases, side by side",
        subtitle="Comparison of two windows of a case" if comparison.one_case else "Comparison of two cases",
        dated=f"As of {instant(max(first.made, second.made))}, the last entry of the ledger",
        made=max(first.made, second.made),
        opening=(*_rule(comparison), Text(text=CONFIDENTIAL, note=True)),
        sections=(_sides(comparison), *_parts(comparison), _unmatched(comparison), _verify(comparison)),
    )


def _rule(comparison: Comparison) -> tuple[Plain, ...]:
    told = [each.verdict for each in comparison.rows]
    return (
        Text(
            text=f"Of {count(len(told), 'measure')}, {count(told.count(Verdict.DIFFERS), 'differs', 'differ')} by the "
            f"rule, {told.count(Verdict.NOT_TOLD):,} cannot be told apart, {told.count(Verdict.COUNTED):,} set side by "
            f"side as counts and not judged, {told.count(Verdict.ONE_SIDED):,} not on both sides."
        ),
        Text(
            text="The rule: estimates differ where the interval of their difference leaves out nothing. It is made of "
            f"both intervals, for independent sides{_widened(comparison.tests)}. Bounds differ where they do not "
            "overlap. A difference says nothing of its cause; what was collected may differ more than what there was."
        ),
    )


def _widened(tests: int) -> str:
    if tests < 2:  # noqa: PLR2004  # one interval is not widened
        return ""
    return (
        f", and widened for {count(tests, 'such interval')} at once, so that chance makes one or more of them differ "
        "in about one page of twenty"
    )


def _sides(comparison: Comparison) -> Section:
    blocks: list[Block] = []
    for side in (comparison.first, comparison.second):
        blocks += [Heading(text=visible(side.name)), Facts(items=_facts(side))]
    if not comparison.one_case:
        text = (
            "The pseudonyms of two cases are made with two keys and cannot be set against each other. Whether both "
            "cases hold the same channels was not looked at; if they do, the two sides are not independent."
        )
        blocks.append(Text(text=text))
    days = [side.days for side in (comparison.first, comparison.second) if side.days]
    if len(days) > 1 and max(days) > _UNEQUAL * min(days):
        blocks.append(Text(text="The windows are not equally long: counts of a longer one are larger for that alone."))
    return Section(id="sides", title="What is compared", blocks=tuple(blocks))


def _facts(side: Side) -> tuple[tuple[str, str], ...]:
    days = "" if side.days is None else f" ({count(side.days, 'day')})"
    return (
        ("Case", f"{visible(side.title)} ({visible(side.case)})"),
        ("Window", f"{side.window}{days}"),
        ("Channels with a post in it", f"{side.channels:,}"),
        ("Posts", f"{side.posts:,}"),
        ("As of", instant(side.made)),
    )


def _parts(comparison: Comparison) -> tuple[Section, ...]:
    sections = []
    for part, title in _TITLES.items():
        rows = [each for each in comparison.rows if _part(each) == part and each.verdict is not Verdict.ONE_SIDED]
        blocks: list[Block] = [*_growth(comparison)] if part == "fast" else []
        if rows:
            blocks += [_table(title, rows, comparison), *caveat_notes([each.second for each in rows if each.second])]
        if blocks:
            sections.append(Section(id=part, title=title, blocks=tuple(blocks)))
    return tuple(sections)


def _part(row: Compared) -> Part:
    measure = row.first or row.second
    return part_of(measure) if measure else "big"


def _growth(comparison: Comparison) -> list[Block]:
    sides = (comparison.first, comparison.second)
    most = max((month.posts for side in sides for month in side.months), default=0)
    return [
        Picture(
            svg=growth_plot(side.months, name=f"growth-{number}", most=most),
            alt=growth_words(side.months),
            caption=f"{visible(side.name)}: posts a month, on the axis of both. Outlined months may be incomplete.",
            table=growth_table(side.months),
        )
        for number, side in enumerate(sides, start=1)
        if side.months
    ]


def _table(title: str, rows: Sequence[Compared], comparison: Comparison) -> Table:
    return Table(
        caption=title,
        head=("Measure", comparison.first.name, comparison.second.name, "Difference", "By the rule"),
        rows=tuple(_row(each) for each in rows),
    )


def _row(row: Compared) -> tuple[str, ...]:
    assert row.first is not None
    assert row.second is not None
    unit = "" if row.first.unit in row.name.lower() else f" ({visible(row.first.unit)})"
    return (f"{visible(row.name)}{unit}", _side(row.first), _side(row.second), _difference(row), row.verdict.value)


def _side(measure: Measure) -> str:
    model = ", a model" if measure.model else ""
    if is_bounds(measure):
        return f"{range_said(measure)} (n {measure.n:,}{model})"
    ranged = "" if measure.low is None or measure.high is None else f", {range_said(measure)}"
    return f"{said(measure)}{ranged} (n {measure.n:,}{model})"


def _difference(row: Compared) -> str:
    if row.difference is None:
        return "bounds, no difference"
    share = row.first is not None and is_share(row.first)
    value = _signed(row.difference, share=share)
    if row.low is None or row.high is None:
        return value
    return f"{value}, {_signed(row.low, share=share)} to {_signed(row.high, share=share)}"


def _signed(number: float, *, share: bool) -> str:
    """A difference with its sign; of shares it is in points."""
    sign = "-" if number < 0 else "+" if number > 0 else ""
    return f"{sign}{abs(number) * 100:.1f} points" if share else f"{sign}{plain(abs(number))}"


def _unmatched(comparison: Comparison) -> Section:
    rows = tuple(
        (visible(each.name), _there(each.first), _there(each.second))
        for each in comparison.rows
        if each.verdict is Verdict.ONE_SIDED
    )
    if not rows:
        return Section(id="unmatched", title="What is not on both sides", blocks=(Text(text="Nothing."),))
    head = ("Measure", comparison.first.name, comparison.second.name)
    return Section(
        id="unmatched",
        title="What is not on both sides",
        blocks=(Table(caption="Measured on one side, or in another unit", head=head, rows=rows),),
    )


def _there(measure: Measure | None) -> str:
    return "not measured" if measure is None else f"{said(measure)} {visible(measure.unit)}".strip()


def _verify(comparison: Comparison) -> Section:
    facts = tuple(
        fact
        for side in (comparison.first, comparison.second)
        for fact in (
            (f"{visible(side.name)}: entries in the ledger", f"{side.ledger.entries:,}"),
            (f"{visible(side.name)}: hash of the last entry", side.ledger.hash),
            (f"{visible(side.name)}: key that signed it", side.ledger.key),
        )
    )
    text = "comparison.json holds every number of this page, with the digests of the rows that it came from."
    return Section(id="verify", title="How to verify this", blocks=(Text(text=text), Facts(items=facts)))
