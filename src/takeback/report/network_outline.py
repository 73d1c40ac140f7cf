"""The report of a network, in the order in which a reader asks: how big, how fast, who, how fed, how paid, what not."""

from __future__ import annotations

from collections.abc import Sequence

from takeback.model.channel import ChannelKind
from takeback.model.measure import Measure
from takeback.report.blocks import (
    Block,
    Code,
    Document,
    Facts,
    Heading,
    KeyFigure,
    KeyFigures,
    Picture,
    Plain,
    Section,
    Text,
)
from takeback.report.content import ForwardEdge, Month, NetworkReport, PollTable
from takeback.report.families import channels_blocks, part_blocks
from takeback.report.flow import flow_plot, flow_table, flow_words
from takeback.report.measures import is_bounds, plain
from takeback.report.plots import (
    growth_plot,
    growth_table,
    growth_words,
    latest,
    members_bounds_plot,
    members_table,
    members_words,
    poll_plot,
    poll_rest,
    poll_table,
    poll_words,
)
from takeback.report.words import count, day, instant, noun, recorded, visible

MOST_POLLS = 12
"""Polls that are drawn; of the others the measures are in measures.json."""

CONFIDENTIAL = (
    "Confidential. Channels, posts, media, photographs and persons stand under pseudonyms. The key to them is in the "
    "case, and in bundles that are encrypted to their recipient."
)


def network_document(report: NetworkReport) -> Document:
    """The report of a network alone: nothing in it says whether anybody is enrolled, or anything was found."""
    return Document(
        title=visible(report.title) or "Report of a network",
        subtitle="Report of a network: how big it is, how fast it grows, how it is fed and paid",
        dated=f"As of {instant(report.made)}, the last entry of the case's ledger",
        made=report.made,
        opening=(*_opening(report), Text(text=_CONFIDENTIAL, note=True)),
        sections=(
            _what(report),
            *network_sections(report),
            _missing(report),
            verify_section(report, _VERIFY, "takeback verify CASE"),
        ),
    )


_CONFIDENTIAL = (
    "Confidential. Channels, posts and sources stand under pseudonyms. The key to them is in the case, and in bundles "
    "that are encrypted to their recipient."
)
_VERIFY = (
    "The figures are in measures.json, each with the digest of the rows that it came from. The ledger of the case can "
    "be checked without its passphrase."
)


def network_sections(report: NetworkReport) -> tuple[Section, ...]:
    """What every report says of the network, in the order in which a reader asks."""
    return (_big(report), _fast(report), _who(report), _fed(report), _paid(report))


def _opening(report: NetworkReport) -> tuple[Plain, ...]:
    """The size of the network at a glance: each number with what bounds it."""
    measures = {each.id: each for each in report.measures}
    figures = list(_collected_figures(report)[:2])
    bounds, growth = measures.get("members.bounds"), measures.get("growth.quarter.posts")
    if bounds is not None and is_bounds(bounds):
        label = f"unique accounts at least, and {plain(bounds.high or 0)} at most"
        figures.append(KeyFigure(value=plain(bounds.low or 0), label=label))
    if growth is not None and isinstance(growth.value, int | float) and None not in {growth.low, growth.high}:
        ends = f"{_change(growth.low or 0.0)} to {_change(growth.high or 0.0)} at 95 %"
        label = f"posts in thirteen weeks, against the thirteen before ({ends}, a model)"
        figures.append(KeyFigure(value=_change(growth.value), label=label))
    return (KeyFigures(items=tuple(figures)),)


def _change(share: float) -> str:
    return f"{share * 100:+,.0f} %".replace("-", "\u2212")


def _collected_figures(report: NetworkReport) -> tuple[KeyFigure, ...]:
    """The size of what was collected, in large numbers; what promotes the network elsewhere is no channel of it."""
    counts = report.counts
    channels = counts.channels - _elsewhere(report)
    return (
        KeyFigure(value=f"{channels:,}", label=f"{noun(channels, 'channel')}{_more_elsewhere(report)}"),
        KeyFigure(value=f"{counts.posts:,}", label=noun(counts.posts, "post")),
        KeyFigure(value=f"{counts.media:,}", label=noun(counts.media, "different file")),
    )


def _more_elsewhere(report: NetworkReport) -> str:
    elsewhere = _elsewhere(report)
    return f", and {count(elsewhere, 'host or community', 'hosts and communities')} elsewhere" if elsewhere else ""


def _elsewhere(report: NetworkReport) -> int:
    """How many of the channels are communities of other platforms, or hosts of pages."""
    kinds = {each.id: each.value for each in report.measures if each.id.startswith("channels.kind.")}
    found = (kinds.get(f"channels.kind.{kind.value}") for kind in (ChannelKind.COMMUNITY, ChannelKind.WEB_PAGES))
    return min(report.counts.channels, sum(each for each in found if isinstance(each, int)))


def _what(report: NetworkReport) -> Section:
    months = report.months
    one = len(months) == 1
    span = f" {f'in {_first(months)}' if one else f'between {_first(months)} and {_last(months)}'}" if months else ""
    channels = count(report.counts.channels - _elsewhere(report), "channel")
    text = (
        f"{count(report.counts.sources, 'source')} with {channels}{_more_elsewhere(report)} and "
        f"{count(report.counts.posts, 'post')}{span}. Everything is counted from what was collected: conversations "
        "that nobody exported are not here. No picture, no name and no word of a post is shown."
    )
    return Section(id="what", title="What was measured", blocks=(Text(text=text), acquisition_facts(report)))


def _first(months: Sequence[Month]) -> str:
    return f"{months[0].year:04d}-{months[0].month:02d}"


def _last(months: Sequence[Month]) -> str:
    return f"{months[-1].year:04d}-{months[-1].month:02d}"


def _big(report: NetworkReport) -> Section:
    blocks: list[Block] = [KeyFigures(items=_collected_figures(report))]
    if report.members:
        more = len(latest(report.members))
        blocks.append(
            Picture(
                svg=members_bounds_plot(report.members),
                alt=members_words(report.members),
                caption=f"Members of {count(more, 'channel')} with a count. One account may be in several channels: "
                "unique accounts lie between the largest count and the sum. Accounts are not people.",
                table=members_table(report.members),
            )
        )
    else:
        blocks.append(Text(text="No member count is in this material: exports hold none, audience.csv can."))
    blocks.extend(channels_blocks(report.measures))
    measured = part_blocks(report.measures, "big")
    if measured:
        blocks += [Heading(text="Measures"), *measured]
        blocks.append(Text(text="All measures, with method, window and rows, are in measures.json.", note=True))
    blocks += _polls(report)
    return Section(id="big", title="How big the network is", blocks=tuple(blocks))


_WORDS_OF_POLLS = (
    "The words of a poll may name a person: they stand only in a bundle that is sealed to its recipient. Polls and "
    "answers have numbers here."
)


def _polls(report: NetworkReport) -> list[Plain]:
    if not report.polls:
        return [Text(text="No poll is in this material.")]
    ranked = sorted(range(len(report.polls)), key=lambda i: (-report.polls[i].voters, i))
    shown = sorted(ranked[:MOST_POLLS])
    blocks: list[Plain] = []
    if any(not report.polls[i].question for i in shown):
        blocks.append(Text(text=_WORDS_OF_POLLS))
    blocks += [block for i in shown for block in _poll(report.polls[i], i + 1)]
    left = len(report.polls) - len(shown)
    if left:
        blocks.append(Text(text=f"{count(left, 'further poll')} with fewer voters only in measures.json.", note=True))
    return blocks


def _poll(poll: PollTable, number: int) -> tuple[Plain, ...]:
    asked = f"Asked, in the channel's words: “{visible(poll.question)}”"
    voters = (
        f"{count(poll.voters, 'voter')}, who selected themselves: the shares speak of them and of nobody else, and the "
        f"intervals of chance alone. {poll_rest(poll)}"
    )
    picture = Picture(
        svg=poll_plot(poll, name=f"poll-{number}"), alt=poll_words(poll), caption=voters, table=poll_table(poll)
    )
    return (
        Heading(text=f"{visible(poll.name)} in {poll.channel}"),
        *((Text(text=asked),) if poll.question else ()),
        picture if poll.answers else Text(text=voters),
    )


def _fast(report: NetworkReport) -> Section:
    blocks: list[Block] = []
    if report.months:
        blocks.append(
            Picture(
                svg=growth_plot(report.months),
                alt=growth_words(report.months),
                caption="Posts a month. Hatched or empty outlines may be incomplete: what they lack was not collected, "
                "not posted, or deleted.",
                table=growth_table(report.months),
            )
        )
    else:
        blocks.append(Text(text="No post has a time."))
    return Section(id="fast", title="How fast it grows", blocks=(*blocks, *part_blocks(report.measures, "fast")))


def _who(report: NetworkReport) -> Section:
    text = Text(
        text="Accounts are not people, a poster is not a maker, and a display name is a name match, never an identity."
    )
    return Section(
        id="who",
        title="Who spreads it",
        blocks=(text, *_forwards(report.forwards), *part_blocks(report.measures, "who")),
    )


def _forwards(edges: Sequence[ForwardEdge]) -> tuple[Plain, ...]:
    if not edges:
        return (Text(text="No post of this material names another one as its source."),)
    return (
        Picture(
            svg=flow_plot(edges),
            alt=flow_words(edges),
            caption="Forwards from a source into a channel: thicker lines stand for more, dashed ones are tied by a "
            "display name alone. A source may be outside of what was collected.",
            table=flow_table(edges),
        ),
    )


def _fed(report: NetworkReport) -> Section:
    return _measured(report.measures, "fed")


def _paid(report: NetworkReport) -> Section:
    return _measured(report.measures, "paid")


def _measured(measures: Sequence[Measure], part: str) -> Section:
    if part == "fed":
        id, title, nothing = "fed", "How it is fed", "No link, invitation or referral was measured in this material."
        blocks = part_blocks(measures, "fed")
    else:
        id, title, nothing = "paid", "What it is paid with", "No price or payment was measured in this material."
        blocks = part_blocks(measures, "paid")
    return Section(id=id, title=title, blocks=blocks or (Text(text=nothing),))


def _missing(report: NetworkReport) -> Section:
    counts = report.counts
    absent = tuple((visible(reason).replace("_", " "), f"{number:,}") for reason, number in counts.missing)
    facts = (
        ("Places that could not be read as they should be", f"{counts.damaged_posts:,}"),
        *((f"Files that posts name, {reason}", number) for reason, number in absent),
        ("Items sealed unseen, as they may show a minor", f"{counts.sealed:,}"),
    )
    return Section(
        id="missing",
        title="What is missing",
        blocks=(Facts(items=facts), *part_blocks(report.measures, "missing")),
    )


def acquisition_facts(report: NetworkReport) -> Facts:
    """How the material was acquired, and on which grounds."""
    acquired = report.acquisition
    return Facts(
        items=(
            ("Collected by", recorded(acquired.collected_by)),
            ("Collected from", day(acquired.collected_from)),
            ("Collected until", day(acquired.collected_to)),
            ("Application", recorded(acquired.application)),
            ("Settings", recorded(acquired.settings)),
            ("Note", recorded(acquired.note)),
            ("Role of the investigator", recorded(report.role)),
            ("Legal basis", recorded(report.legal_basis)),
            ("Jurisdiction", recorded(report.jurisdiction)),
        )
    )


def verify_section(report: NetworkReport, text: str, *commands: str) -> Section:
    """How a reader can check the figures."""
    facts = (
        ("Case", visible(report.case)),
        ("Entries in the ledger", f"{report.ledger.entries:,}"),
        ("Hash of the last entry", report.ledger.hash),
        ("Key that signed it", report.ledger.key),
        *((f"Version of {visible(name)}", visible(version)) for name, version in report.versions),
    )
    code = (Code(lines=commands),) if commands else ()
    return Section(id="verify", title="How to verify this", blocks=(Text(text=text), *code, Facts(items=facts)))
