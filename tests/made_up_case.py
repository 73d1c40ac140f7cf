"""A small made-up case for the tests of whole jobs: two ordinary photographs, two channels, benign edits, no person.

Every name, text, link and file name in it is unusual enough that a search of an output for it means something.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from takeback.crypto.keyfile import HumanKey, encode
from takeback.crypto.passphrase import CHEAP
from takeback.crypto.signing import SigningKey
from takeback.demo.made_up import filled_form
from takeback.engines.serial import Serial
from takeback.evidence.consent import countersign, sign, template
from takeback.jobs.case import Case, case_facts
from takeback.jobs.enrol import Enrolment, enrol, photograph_digests
from takeback.jobs.investigate import investigate
from takeback.jobs.outcome import Investigation
from takeback.model.consent import Region
from takeback.model.digest import Sha256, sha256_of
from takeback.model.original import PackLevel
from takeback.protocols import Engine
from takeback.simulate.collection import Photograph, load_photographs
from takeback.simulate.edits import Edited, crop, encode_jpeg, mirror, recompress, replace_region, scale, untouched

PASSPHRASE = "seven ordinary words in a made-up row"
TODAY = date(2026, 8, 3)
START = datetime(2026, 8, 3, 8, tzinfo=UTC)
PERSON = "person-heather"
LONG_SIDE = 600
REPLACED = Region(left=0.25, top=0.25, right=0.75, bottom=0.75)
FIRST, SECOND = 9100000001, 9100000002
AGE_WORDS = "Bulletin Saxifrage of the sports club, 16 y.o. and older"

CHANNEL_NAMES = ("Lantern Quarry", "Willow Ledger")
USERNAMES = ("lanternquarry",)
AUTHORS = ("Author Foxglove", "Forwarder Snowdrop")
LINKS = ("tamarisk-harbour.example", "invite-Zx81Qv")
TEXTS = ("Sentence Marigold", "Caption Speedwell", "Bulletin Saxifrage")
MENTIONS = ("@tamariskbot",)
QUESTIONS = ("Which meadow of Yarrow", "Answer Campion", "Answer Teasel")
FILES = ("photo_hyssop", "photo_borage", "photo_comfrey", "photo_sorrel", "photo_lovage", "photo_costmary")
PLATFORM_IDS = (str(FIRST), str(SECOND), "user7301", "channel7302")
RAW_NAMES = (*CHANNEL_NAMES, *USERNAMES, *AUTHORS, *LINKS, *TEXTS, *MENTIONS, *QUESTIONS, *FILES, *PLATFORM_IDS)
"""What no default output says of the investigated material."""

Row = dict[str, object]


@dataclass(slots=True)
class Clock:
    """The next minute at each look, so that two runs of the same acts carry the same times."""

    now: datetime = START

    def __call__(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now


def stopped() -> datetime:
    """A clock that does not move: what a killed and an undisturbed run have in common."""
    return START


@dataclass(frozen=True, slots=True)
class People:
    """Two people with a key each, and a stranger."""

    enroller: HumanKey = field(default_factory=lambda: HumanKey(name="Caseworker A", signing=SigningKey.new()))
    countersigner: HumanKey = field(default_factory=lambda: HumanKey(name="Caseworker B", signing=SigningKey.new()))
    stranger: HumanKey = field(default_factory=lambda: HumanKey(name="Stranger", signing=SigningKey.new()))

    def write(self, folder: Path) -> None:
        """The key files of all three, under the passphrase of the case."""
        for name, key in (("a", self.enroller), ("b", self.countersigner), ("stranger", self.stranger)):
            (folder / f"{name}.key").write_bytes(encode(key, PASSPHRASE, cost=CHEAP))


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeUp:
    """A made-up world on the disk, made once: never changed, only copied.

    ``empty`` is a case without material, ``worked`` the same case after one investigation of ``export`` with ``pack``.
    ``pictures`` are the digests of the pictures in the export by their names.
    """

    folder: Path
    photographs: tuple[Path, ...]
    consent: str
    export: Path
    later: Path
    empty: Path
    worked: Path
    pack: Path
    people: People
    pictures: Mapping[str, Sha256]
    outcome: Investigation

    @property
    def derivative(self) -> Sha256:
        """The media in which a region of the first photograph was replaced."""
        return self.pictures["photo_hyssop"]

    @property
    def sealed(self) -> Sha256:
        """The media that the minors' gate keeps sealed."""
        return self.pictures["photo_costmary"]

    def copy(self, target: Path, *, worked: bool = True) -> Path:
        """A copy of the worked, or of the empty case."""
        return Path(shutil.copytree(self.worked if worked else self.empty, target / "case"))

    @contextmanager
    def case(self, target: Path, *, worked: bool = True, clock: Callable[[], datetime] | None = None) -> Iterator[Case]:
        """A copy of a case, opened."""
        with Case.open(self.copy(target, worked=worked), passphrase=PASSPHRASE, clock=clock or later_clock()) as case:
            yield case

    def signed(self, *paths: Path, changes: Mapping[str, str] | None = None, second: bool = True) -> str:
        """A consent for photographs, with lines changed before it is signed."""
        return signed_consent(paths or self.photographs, self.people, changes=changes or {}, second=second)

    def make_pack(
        self,
        case: Case,
        target: Path,
        *paths: Path,
        level: PackLevel = PackLevel.FEATURES,
        changes: Mapping[str, str] | None = None,
        second: bool = True,
    ) -> Path:
        """A pack of photographs for a case."""
        text = self.signed(*paths, changes=changes, second=second)
        made = enrolled(paths or self.photographs, text, case.store.recipient, level=level)
        target.write_bytes(made.pack)
        return target


def later_clock() -> Clock:
    """A clock that goes on after the worked case."""
    return Clock(START + timedelta(days=1))


@pytest.fixture(scope="session")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> MadeUp:
    """The made-up world."""
    return make(tmp_path_factory.mktemp("made-up"))


@pytest.fixture(scope="session")
def people_folder(made_up: MadeUp) -> Path:
    """A folder with the key files of the people and a file with the one passphrase of everything."""
    folder = made_up.folder / "keys"
    folder.mkdir()
    made_up.people.write(folder)
    (folder / "passphrase").write_text(PASSPHRASE + "\n", encoding="utf-8")
    return folder


def make(folder: Path) -> MadeUp:
    """The made-up world in a folder."""
    people = People()
    photographs = write_photographs(folder / "photographs")
    consent = signed_consent(photographs, people)
    pictures = write_export(folder / "export", edited_pictures())
    write_later_export(folder / "later")
    with new_case(folder / "empty") as case:
        pack = folder / "heather.pack"
        pack.write_bytes(enrolled(photographs, consent, case.store.recipient, level=PackLevel.SEALED).pack)
    shutil.copytree(folder / "empty", folder / "worked")
    with Case.open(folder / "worked", passphrase=PASSPHRASE, clock=Clock()) as case:
        outcome = run(case, [folder / "export"], [pack])
    return MadeUp(
        folder=folder,
        photographs=photographs,
        consent=consent,
        export=folder / "export",
        later=folder / "later",
        empty=folder / "empty",
        worked=folder / "worked",
        pack=pack,
        people=people,
        pictures=pictures,
        outcome=outcome,
    )


def run(case: Case, sources: Sequence[Path], packs: Sequence[Path], *, engine: Engine | None = None) -> Investigation:
    """One investigation with the plain engine, on the made-up day."""
    return investigate(case, sources, packs, engine=engine or Serial(), today=TODAY)


def new_case(path: Path, *, clock: Callable[[], datetime] = stopped) -> Case:
    """An empty case, open."""
    facts = case_facts(
        "Title Bluebell", role="helpline", legal_basis="consent of the person", jurisdiction="UK", clock=clock
    )
    return Case.create(path, facts, passphrase=PASSPHRASE, clock=clock, cost=CHEAP)


def enrolled(
    paths: Sequence[Path], consent: str, recipient: str, *, level: PackLevel = PackLevel.FEATURES
) -> Enrolment:
    """The photographs enrolled on the made-up day."""
    return enrol(paths, consent, level=level, recipients=[recipient], today=TODAY)


def signed_consent(
    paths: Sequence[Path], people: People, *, changes: Mapping[str, str] | None = None, second: bool = True
) -> str:
    """The filled form of the person, ``changes`` made to its text, signed by one key or by two."""
    photographs = [
        Photograph(name=path.name, content=path.read_bytes(), enrolled=True, person_region=REPLACED) for path in paths
    ]
    form = filled_form(template(photograph_digests(paths)), photographs).replace('"person-1"', f'"{PERSON}"')
    for old, new in (changes or {}).items():
        assert old in form
        form = form.replace(old, new)
    text = sign(form, people.enroller, time=START)
    return countersign(text, people.countersigner, time=START) if second else text


# --- pictures -------------------------------------------------------------------------------------------------------


def shipped(name: str) -> Edited:
    """A shipped photograph, reduced."""
    photograph = next(each for each in load_photographs() if each.name == f"{name}.jpg")
    return scale(untouched(photograph.pixels()), LONG_SIDE)


def write_photographs(folder: Path) -> tuple[Path, ...]:
    """The two photographs that are enrolled."""
    folder.mkdir()
    paths = []
    for name in ("barn", "timbered-houses"):
        path = folder / f"{name}.jpg"
        path.write_bytes(encode_jpeg(untouched(shipped(name).pixels).pixels, 92))
        paths.append(path)
    return tuple(paths)


def edited_pictures() -> dict[str, bytes]:
    """The pictures of the export by name: two derivatives, a copy, two unrelated ones, one that stays sealed."""
    rng = np.random.default_rng(7)
    texture = shipped("gravel").pixels
    barn, houses = untouched(shipped("barn").pixels), untouched(shipped("timbered-houses").pixels)
    inner = Region(left=0.05, top=0.05, right=0.97, bottom=0.95)
    edits = {
        "photo_hyssop": recompress(replace_region(barn, texture, REPLACED, rng), 70),
        "photo_borage": mirror(replace_region(houses, texture, REPLACED, rng)),
        "photo_comfrey": recompress(crop(houses, inner), 60),
        "photo_sorrel": shipped("parrots"),
        "photo_lovage": shipped("mountain-stream"),
        "photo_costmary": shipped("cityscape"),
    }
    return {name: encode_jpeg(edit.pixels, 85) for name, edit in edits.items()}


# --- exports --------------------------------------------------------------------------------------------------------


def write_export(folder: Path, pictures: Mapping[str, bytes]) -> dict[str, Sha256]:
    """A whole account as Telegram Desktop exports it, with usernames and member counts beside it."""
    (folder / "photos").mkdir(parents=True)
    for name, content in pictures.items():
        (folder / "photos" / f"{name}.jpg").write_bytes(content)
    chats = [
        chat(CHANNEL_NAMES[0], FIRST, "public_channel", first_channel()),
        chat(CHANNEL_NAMES[1], SECOND, "private_channel", second_channel()),
    ]
    account = {"about": "made up", "chats": {"about": "made up", "list": chats}}
    (folder / "result.json").write_text(json.dumps(account, ensure_ascii=False), encoding="utf-8")
    (folder / "channels.csv").write_text(f"channel,username\n{FIRST},{USERNAMES[0]}\n", encoding="utf-8")
    audience = f"channel,members,time,source\n{FIRST},2410,2026-07-28T12:00:00Z,page header\n"
    (folder / "audience.csv").write_text(audience, encoding="utf-8")
    return {name: sha256_of(content) for name, content in pictures.items()}


def write_later_export(folder: Path) -> None:
    """One chat, exported later: known bytes posted again, one more copy of a photograph, a torn file."""
    (folder / "photos").mkdir(parents=True)
    known = edited_pictures()["photo_hyssop"]
    fresh = encode_jpeg(recompress(shipped("barn"), 55).pixels, 80)
    (folder / "photos" / "photo_borrowed.jpg").write_bytes(known)
    (folder / "photos" / "photo_fresh.jpg").write_bytes(fresh)
    (folder / "photos" / "photo_torn.jpg").write_bytes(fresh[: len(fresh) // 3])
    rows = [post(1, photo="photo_borrowed"), post(2, photo="photo_fresh"), post(3, photo="photo_torn")]
    single = chat("Third Channel Burdock", 9100000003, "public_channel", rows)
    (folder / "result.json").write_text(json.dumps(single, ensure_ascii=False), encoding="utf-8")


def repost_export(folder: Path) -> None:
    """One chat that holds nothing but bytes that are known already."""
    write_later_export(folder)
    for name in ("photo_fresh", "photo_torn"):
        (folder / "photos" / f"{name}.jpg").unlink()
    single = chat("Fourth Channel Betony", 9100000004, "public_channel", [post(1, photo="photo_borrowed")])
    (folder / "result.json").write_text(json.dumps(single, ensure_ascii=False), encoding="utf-8")


def chat(name: str, number: int, kind: str, rows: Iterable[Row]) -> Row:
    """One conversation of an export."""
    return {"name": name, "type": kind, "id": number, "messages": list(rows)}


def post(number: int, text: str = "", *, photo: str | None = None, **more: object) -> Row:
    """One message of an export."""
    row: Row = {
        "id": number,
        "type": "message",
        "date": f"2026-0{1 + number % 6}-10T10:00:{number:02d}",
        "date_unixtime": str(int(datetime(2026, 1 + number % 6, 10, 10, 0, number, tzinfo=UTC).timestamp())),
        "from": AUTHORS[0],
        "from_id": "user7301",
        "text": text,
        "text_entities": [{"type": "plain", "text": text}] if text else [],
    }
    if photo is not None:
        row |= {"photo": f"photos/{photo}.jpg", "width": 600, "height": 400}
    return {**row, **more}


def first_channel() -> list[Row]:
    """A channel with two derivatives, a poll, a link and a forward."""
    link = f"https://{LINKS[0]}/{LINKS[1]}"
    said = [f"{TEXTS[0]} ", {"type": "link", "text": link}, " ", {"type": "mention", "text": MENTIONS[0]}]
    poll = {
        "question": QUESTIONS[0],
        "closed": True,
        "total_voters": 30,
        "answers": [{"text": QUESTIONS[1], "voters": 20, "chosen": False}, {"text": QUESTIONS[2], "voters": 10}],
    }
    return [
        post(1, "hello", photo="photo_hyssop"),
        post(2, text_entities=[], text=said),
        post(3, TEXTS[1], photo="photo_comfrey"),
        post(4, poll=poll),
        post(5, photo="photo_sorrel", forwarded_from=AUTHORS[1], forwarded_from_id="channel7302"),
        post(6, photo="photo_hyssop"),
        post(7, photo="photo_lovage"),
    ]


def second_channel() -> list[Row]:
    """A channel with a derivative, a damaged file, a missing one, and an item that stays sealed."""
    return [
        post(1, photo="photo_borage"),
        post(2, "no picture"),
        post(3, "a quiet day"),
        post(4, "another quiet day"),
        post(5, "a third quiet day"),
        post(6, AGE_WORDS, photo="photo_costmary"),
        post(7, "a fourth quiet day"),
    ]
