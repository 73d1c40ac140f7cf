"""A made-up network of a given shape, written as a stream: an export, preview pages, promoting pages, and its truth."""

from __future__ import annotations

import csv
import json
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import numpy as np

from takeback.errors import UsageError
from takeback.simulate.damage import REPAIRABLE, DamageKind, damage_message
from takeback.simulate.desktop_rows import FIRST_NUMBER, DesktopRows, Layout
from takeback.simulate.phrases import PhraseKind, load_phrases
from takeback.simulate.placeholders import picture_file
from takeback.simulate.posting import Block, blocks_of
from takeback.simulate.shape import ChannelShape, NetworkShape, PollShape
from takeback.simulate.shape_truth import ChannelFacts, MemberCount, PollFacts, ShapeTruth, write_shape_truth
from takeback.simulate.warc import warc_record
from takeback.simulate.web_pages import PreviewPost, community_page, preview_page, promoting_page

COUNTED = "page header, made up"
_SHOWN = 20
_FIRST_COMMUNITY = 190_000_001
_ACQUISITION = """\
# How this material was collected. It is made up by takeback from a fixed seed; nobody posted it.
collected_by = "takeback simulate"
application = "takeback simulate, in the form of Telegram Desktop"
settings = "Machine-readable JSON; pictures as placeholders, or made from a seed"
note = "made-up network"
"""


@dataclass(slots=True)
class _Tally:
    """What is counted of one channel while it is written."""

    last: int = 0
    edited: int = 0
    forwards: int = 0
    priced: int = 0
    referring: int = 0
    posts: int = 0
    posters: set[int] = field(default_factory=set)
    months: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    shown: dict[str, deque[PreviewPost]] = field(default_factory=dict)


class ShapedNetwork:
    """Writes one network; the same shape and seed give the same bytes.

    Args:
        shape: what to write.
        seed: of every choice; the shape's own where there is none.
        media: how many pictures are real files, made from the seed; the others are placeholders.
        native: whether the export is laid out as Telegram Desktop does.
    """

    def __init__(self, shape: NetworkShape, *, seed: int | None = None, media: int = 0, native: bool = True) -> None:
        self._shape = shape
        self._seed = shape.seed if seed is None else seed
        self._layout = Layout(native=native)
        self._phrases = load_phrases(tuple(shape.languages))
        self._media = min(media, sum(channel.pictures for channel in shape.channels))
        self._pictures = 0
        self._files = 0
        self._damage: Counter[str] = Counter()

    def write(self, target: Path) -> ShapeTruth:
        """Writes everything into an empty folder: ``export/``, ``previews.warc.gz``, ``truth.json``.

        Raises:
            UsageError: The folder holds something already.
        """
        if target.exists() and any(target.iterdir()):
            message = f"the made-up network needs an empty folder: {target} (choose another --out, or empty it)"
            raise UsageError(message)
        export = target / "export"
        export.mkdir(parents=True, exist_ok=True)
        rng = np.random.default_rng(self._seed)
        with (export / "result.json").open("wb") as file:
            facts = self._write_export(file, export, rng)
        counts = tuple(self._counts())
        self._write_side_files(export, counts)
        preview_posts = self._write_pages(target / "previews.warc.gz", facts, counts)
        truth = self._truth(facts, counts, preview_posts)
        write_shape_truth(truth, target / "truth.json")
        return truth

    def _write_export(
        self, file: BinaryIO, root: Path, rng: np.random.Generator
    ) -> list[tuple[ChannelFacts, _Tally, tuple[PollFacts, ...]]]:
        """`result.json`, row by row; a file that is cut ends within its last message."""
        between = "\n" if self._layout.native else ""
        file.write(f'{{"about": "made up by takeback", "chats": {{"about": "", "list": [{between}'.encode())
        found = []
        for place, channel in enumerate(self._shape.channels):
            number = FIRST_NUMBER + place
            head = {"name": channel.name, "type": channel.kind, "id": number}
            opening = json.dumps(head, ensure_ascii=False)[:-1]
            file.write(f'{"," + between if place else ""}{opening}, "messages": ['.encode())
            found.append(self._write_channel(file, root, place, rng))
            if self._is_cut(place):
                return found
            file.write(f"{between}]}}".encode())
        file.write(f"{between}]}}}}\n".encode())
        return found

    def _is_cut(self, place: int) -> bool:
        return place == len(self._shape.channels) - 1 and self._shape.damage.get(DamageKind.CUT, 0) > 0

    def _write_channel(
        self, file: BinaryIO, root: Path, place: int, rng: np.random.Generator
    ) -> tuple[ChannelFacts, _Tally, tuple[PollFacts, ...]]:
        channel, tally = self._shape.channels[place], _Tally()

        def photo(id: int) -> str | None:
            return self._photo(root, place, id)

        rows = DesktopRows(place, self._shape.channels, self._phrases, photo, self._layout)
        begin = int(datetime.combine(self._shape.start, datetime.min.time(), UTC).timestamp())
        made = {
            "action": "create_channel",
            "title": channel.name,
            "actor": channel.name,
            "text": "",
            "text_entities": [],
        }
        file.write(rows.row(1, begin, made, kind="service").encode())
        tally.last = 1
        for block in blocks_of(place, self._shape, self._phrases, rng):
            moved = Block(**{name: getattr(block, name) for name in Block.__slots__} | {"id": block.id + 1})
            written = list(rows.rows(moved))
            file.write(self._joined(written, rng))
            self._count(tally, moved, channel)
        polls = tuple(self._polls(file, rows, place, tally, rng))
        if self._is_cut(place):
            self._cut(file, rows.row(tally.last + 1, begin, {"text": "cut off", "text_entities": []}), rng)
        return self._facts(place, tally, len(polls)), tally, polls

    def _joined(self, rows: list[str], rng: np.random.Generator) -> bytes:
        """Messages one after another, each after a comma; damage is planted into the share that the shape names."""
        shares = {kind: self._shape.damage.get(kind, 0.0) for kind in (*REPAIRABLE, DamageKind.BEYOND)}
        if not any(shares.values()):
            return ("," + ",".join(rows)).encode()
        drawn = rng.random(len(rows))
        encoded = [row.encode() for row in rows]
        begin = 0.0
        for kind, share in shares.items():
            for at in np.flatnonzero((drawn >= begin) & (drawn < begin + share)).tolist():
                encoded[at] = damage_message(encoded[at], kind, rng).content
                self._damage[kind] += 1
            begin += share
        return b"," + b",".join(encoded)

    def _cut(self, file: BinaryIO, row: str, rng: np.random.Generator) -> None:
        content = row.encode()
        opened = content.index(b"{") + 1
        part = damage_message(content[opened:-1], DamageKind.CUT, rng).content
        file.write(b"," + content[:opened] + part)
        self._damage[DamageKind.CUT] += 1

    def _photo(self, root: Path, place: int, id: int) -> str | None:
        """The path of the file of the next picture, where it is one of those that are real; spread evenly."""
        total = sum(channel.pictures for channel in self._shape.channels)
        before, self._pictures = self._pictures, self._pictures + 1
        if self._pictures * self._media // total == before * self._media // total:
            return None
        named = f"chats/chat_{place + 1}/photos/photo_{id}.jpg"
        path = root / named
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture_file(self._files, self._seed))
        self._files += 1
        return named

    def _count(self, tally: _Tally, block: Block, channel: ChannelShape) -> None:
        kinds = np.array([list(PhraseKind).index(each.kind) for each in self._phrases])[block.phrase]
        tally.last = int(block.id[-1])
        tally.posts += len(block)
        tally.edited += int(block.edited.sum())
        tally.forwards += int((block.forward >= 0).sum())
        tally.priced += int((kinds == list(PhraseKind).index(PhraseKind.PRICED)).sum())
        tally.referring += int((kinds == list(PhraseKind).index(PhraseKind.REFERRING)).sum())
        tally.posters.update(np.unique(block.author[block.author >= 0]).tolist())
        for phrase, number in zip(*np.unique(block.phrase, return_counts=True), strict=True):
            tally.languages[self._phrases[int(phrase)].language] += int(number)
        months = block.time.astype("datetime64[s]").astype("datetime64[M]")
        for month in np.unique(months):
            chosen = np.flatnonzero(months == month)
            tally.months[str(month)] += len(chosen)
            if channel.username:
                kept = tally.shown.setdefault(str(month), deque(maxlen=_SHOWN))
                kept.extend(self._shown(block, int(at), channel) for at in chosen[-_SHOWN:])

    def _shown(self, block: Block, at: int, channel: ChannelShape) -> PreviewPost:
        id = int(block.id[at])
        forward = int(block.forward[at])
        return PreviewPost(
            id=id,
            time=datetime.fromtimestamp(int(block.time[at]), UTC),
            text=self._phrases[int(block.phrase[at])].text,
            views=channel.members * (20 + id % 40) // 100,
            picture=f"https://cdn.example.org/{channel.username}/{id}.jpg" if block.picture[at] else None,
            forward=self._shape.channels[forward].name if forward >= 0 else None,
        )

    def _polls(
        self, file: BinaryIO, rows: DesktopRows, place: int, tally: _Tally, rng: np.random.Generator
    ) -> Iterator[PollFacts]:
        end = int(datetime.combine(self._shape.end, datetime.max.time(), UTC).timestamp())
        for poll in (each for each in self._shape.polls if each.channel == place):
            voters = _voters(poll, rng)
            answers = [
                {"text": text, "voters": n, "chosen": False} for text, n in zip(poll.answers, voters, strict=True)
            ]
            said = {"question": poll.question, "closed": True, "total_voters": sum(voters), "answers": answers}
            tally.last += 1
            tally.months[f"{self._shape.end:%Y-%m}"] += 1
            name = self._shape.channels[place].name
            by = {"from": name, "from_id": f"channel{FIRST_NUMBER + place}"}
            file.write(b"," + rows.row(tally.last, end, {**by, "poll": said, "text": "", "text_entities": []}).encode())
            yield PollFacts(
                channel=_id(place), post=tally.last, question=poll.question, answers=poll.answers, voters=voters
            )

    def _facts(self, place: int, tally: _Tally, polls: int) -> ChannelFacts:
        channel = self._shape.channels[place]
        rows = 1 + tally.posts + polls
        return ChannelFacts(
            id=_id(place),
            name=channel.name,
            username=channel.username,
            kind=channel.kind,
            members=channel.members,
            rows=rows,
            posts=tally.posts,
            pictures=channel.pictures,
            deleted=tally.last - rows,
            edited=tally.edited,
            forwards=tally.forwards,
            priced=tally.priced,
            referring=tally.referring,
            posters=len(tally.posters),
            months=dict(sorted(tally.months.items())),
        )

    def _counts(self) -> Iterator[MemberCount]:
        """The members at the end of each month, which grow to what the shape says."""
        instants = list(_month_ends(self._shape))
        for number, time in enumerate(instants, start=1):
            share = 0.2 + 0.8 * (number / len(instants)) ** 2
            for place, channel in enumerate(self._shape.channels):
                members = channel.members if number == len(instants) else round(channel.members * share)
                yield MemberCount(channel=_id(place), members=members, time=time)

    def _write_side_files(self, export: Path, counts: tuple[MemberCount, ...]) -> None:
        names = [(_id(place), each.username) for place, each in enumerate(self._shape.channels) if each.username]
        _write_csv(export / "channels.csv", [("channel", "username"), *names])
        rows = [(each.channel, str(each.members), f"{each.time:%Y-%m-%dT%H:%M:%SZ}", COUNTED) for each in counts]
        _write_csv(export / "audience.csv", [("channel", "members", "time", "source"), *rows])
        (export / "acquisition.toml").write_text(_ACQUISITION, encoding="utf-8")

    def _write_pages(
        self,
        path: Path,
        facts: list[tuple[ChannelFacts, _Tally, tuple[PollFacts, ...]]],
        counts: tuple[MemberCount, ...],
    ) -> int:
        """A capture of each public channel a month, and every promoting page once; how many posts the captures show."""
        written = 0
        with path.open("wb") as file:
            for place, (channel, tally, _) in enumerate(facts):
                for each in (each for each in counts if each.channel == channel.id and channel.username):
                    posts = tuple(tally.shown.get(f"{each.time:%Y-%m}", ()))
                    written += len(posts)
                    page = preview_page(
                        username=channel.username or "",
                        number=FIRST_NUMBER + place,
                        title=channel.name,
                        members=each.members,
                        group=self._shape.channels[place].is_group,
                        posts=posts,
                    )
                    file.write(warc_record(f"https://t.me/s/{channel.username}", page, time=each.time))
            for uri, page in self._promoting():
                file.write(warc_record(uri, page, time=counts[-1].time))
        return written

    def _promoting(self) -> Iterator[tuple[str, bytes]]:
        public = [each.username for each in self._shape.channels if each.username] or ["takeback_sim_bot"]
        time = datetime.combine(self._shape.end, datetime.min.time(), UTC)
        for host, pages in self._shape.promotion.items():
            for number in range(pages):
                link = f"https://t.me/{public[number % len(public)]}"
                if host == "vk.com":
                    community = _FIRST_COMMUNITY + number
                    title = f"Photo club {number + 1}"
                    page = community_page(number=community, title=title, members=100 + 7 * number, link=link, time=time)
                    yield f"https://vk.com/club{community}", page
                else:
                    yield f"https://{host}/page-{number + 1}", promoting_page(title=f"Page {number + 1}", link=link)

    def _truth(
        self,
        facts: list[tuple[ChannelFacts, _Tally, tuple[PollFacts, ...]]],
        counts: tuple[MemberCount, ...],
        preview_posts: int,
    ) -> ShapeTruth:
        languages: Counter[str] = Counter()
        for _, tally, _ in facts:
            languages.update(tally.languages)
        members = [channel.members for channel in self._shape.channels]
        return ShapeTruth(
            seed=self._seed,
            channels=tuple(channel for channel, _, _ in facts),
            combined_members=sum(members),
            unique_accounts=self._shape.accounts,
            largest_members=max(members),
            pictures=sum(channel.pictures for channel in self._shape.channels),
            media_files=self._files,
            languages=dict(sorted(languages.items())),
            polls=tuple(poll for _, _, polls in facts for poll in polls),
            counts=counts,
            promotion=self._shape.promotion,
            preview_posts=preview_posts,
            posting=self._shape.posting,
            gaps=self._shape.gaps,
            damage=dict(sorted(self._damage.items())),
        )


def _id(place: int) -> str:
    return f"telegram:{FIRST_NUMBER + place}"


def _voters(poll: PollShape, rng: np.random.Generator) -> tuple[int, ...]:
    """The voters of each answer: drawn, or the shares met exactly, with the rest where most is cut off."""
    if poll.drawn:
        return tuple(int(each) for each in rng.multinomial(poll.voters, poll.shares))
    exact = [share * poll.voters for share in poll.shares]
    voters = [int(each + 1e-9) for each in exact]
    for at in sorted(range(len(exact)), key=lambda at: voters[at] - exact[at])[: poll.voters - sum(voters)]:
        voters[at] += 1
    return tuple(voters)


def _month_ends(shape: NetworkShape) -> Iterator[datetime]:
    """An evening at the end of each month of the network; the last is that of its last day."""
    day = shape.start
    while day <= shape.end:
        following = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
        last = min(following - timedelta(days=1), shape.end)
        yield datetime(last.year, last.month, last.day, 23, 30, tzinfo=UTC)
        day = following


def _write_csv(path: Path, rows: list[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(rows)
