from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import takeback
from takeback.errors import DecodeRefused
from takeback.jobs.bank_store import BankStore
from takeback.model.bank import HarmHash, Provenance
from takeback.model.clearing import Cleared
from takeback.model.consent import Under18
from takeback.model.media import DecodeReason, Media
from takeback.signals.decode import Decoder, Pixels
from takeback.web.desk import Desk
from takeback.web.problem import Problem, Reason
from takeback.web.rules import Rules
from takeback.web.tokens import Scope
from takeback.web.uploads import Upload, UploadRule, Uploads
from web.conftest import NEAR, ZERO, Client, Made

BARN = (Path(takeback.__file__).parent / "simulate" / "photographs" / "barn.jpg").read_bytes()
ASSERTED = {"uploads": UploadRule.ASSERTED}


class Watched(Decoder):
    """Opens nothing, and says what it was given."""

    def __init__(self, *, flat: bool = False, refuses: bool = False) -> None:
        super().__init__()
        self.given: list[str] = []
        self.flat = flat
        self.refuses = refuses

    def decode(self, media: Cleared[Media], content: bytes, *, long_side: int | None = None) -> Pixels:
        assert isinstance(media, Cleared)
        self.given.append(media.value.sha256)
        if self.refuses:
            raise DecodeRefused("not decoded (damaged): x (export it again)", reason=DecodeReason.DAMAGED.value)
        rng = np.random.default_rng(len(content))
        array = rng.integers(0, 256, (96, 128, 3), dtype=np.uint8)
        array = np.zeros_like(array) if self.flat else array
        return Pixels(array=array, width=128, height=96, format="PNG", frames=1)


def uploads(rule: UploadRule = UploadRule.ASSERTED) -> tuple[Uploads, Watched]:
    decoder = Watched()
    return Uploads(rule, decoder), decoder


def upload(**said: Any) -> Upload:
    return Upload(**{"content": b"picture", "name": "a.jpg", "words": "", "under_18": None, **said})


def nothing_known(sha256: str, md5: str) -> None:
    return None


@pytest.mark.parametrize("rule", [UploadRule.STATED, UploadRule.ASSERTED])
@pytest.mark.parametrize(
    "said",
    [
        {"under_18": Under18.YES},
        {"under_18": Under18.UNKNOWN},
        {"under_18": Under18.NO, "words": "she is 15 years old"},
        {"under_18": Under18.NO, "name": "schoolgirl.jpg"},
    ],
)
def test_what_may_show_a_minor_is_refused_undecoded_with_the_routes(rule: UploadRule, said: dict[str, Any]) -> None:
    taken, decoder = uploads(rule)
    with pytest.raises(Problem, match="NCMEC") as refused:
        taken.hash(upload(**said), known=nothing_known)
    assert refused.value.reason is Reason.SEALED
    assert decoder.given == []


def test_silence_counts_as_a_no_only_where_the_operator_answers_for_it() -> None:
    asserted, decoder = uploads(UploadRule.ASSERTED)
    assert asserted.hash(upload(), known=nothing_known).signal is not None
    assert len(decoder.given) == 1
    stated, decoder = uploads(UploadRule.STATED)
    with pytest.raises(Problem, match="under_18 is no, yes or unknown") as refused:
        stated.hash(upload(), known=nothing_known)
    assert refused.value.reason is Reason.UNDER_18
    assert decoder.given == []


def test_a_service_that_takes_no_pictures_looks_at_none() -> None:
    off, decoder = uploads(UploadRule.OFF)
    with pytest.raises(Problem, match="takes no pictures") as refused:
        off.hash(upload(under_18=Under18.NO), known=nothing_known)
    assert refused.value.reason is Reason.UPLOADS_OFF
    assert decoder.given == []


def test_bytes_that_a_bank_knows_are_an_exact_match_and_are_not_decoded() -> None:
    taken, decoder = uploads()
    asked: list[tuple[str, str]] = []

    def known(sha256: str, md5: str) -> HarmHash:
        asked.append((sha256, md5))
        return HarmHash.of(pdq=ZERO, quality=70, sha256=sha256)

    found = taken.hash(upload(), known=known)
    assert (found.signal, found.forms, decoder.given) == (None, (), [])
    assert (found.pdq, found.quality) == (ZERO, 70)
    assert (
        asked
        == [(found.sha256, found.md5)]
        == [(hashlib.sha256(b"picture").hexdigest(), hashlib.md5(b"picture").hexdigest())]
    )


# --- over the service -----------------------------------------------------------------------------------------------


def desk_with(decoder: Decoder) -> Any:
    return lambda rules: Desk(rules, decoder=decoder)


def test_a_picture_is_hashed_in_the_sandbox_and_matches_in_every_orientation(made: Made) -> None:
    """The one test here with the real decoder."""

    async def question(client: Client) -> None:
        hashed = (await client.post("/h/hash", files={"photo": ("barn.jpg", BARN, "image/jpeg")})).json()
        assert set(hashed) == {"pdq", "sha256", "md5"}
        assert hashed["sha256"] == hashlib.sha256(BARN).hexdigest()
        added = await client.post("/c/bank/OTHER/content", files={"photo": ("barn.jpg", BARN, "image/jpeg")})
        assert added.json()["signals"] == hashed
        with BankStore.open(made.folder) as store:
            assert store.entry(added.json()["id"]).quality is not None
        found = (await client.get("/m/lookup", params={"signal": hashed["pdq"], "signal_type": "pdq"})).json()
        assert found == {"OTHER": [{"bank_content_id": added.json()["id"], "distance": "0"}]}
        again = (await client.post("/m/lookup", files={"photo": ("x.jpg", BARN, "image/jpeg")})).json()
        assert again == dict.fromkeys(("pdq", "sha256", "md5"), found)
        assert (await client.post("/h/hash", files={"photo": ("x.jpg", BARN, "image/jpeg")})).json() == hashed

    made.ask(question, **ASSERTED)


BYTES = b"confirmed"


def test_bytes_that_one_bank_holds_are_found_in_another_and_added_to_it_by_the_hash_that_is_held(made: Made) -> None:
    sha256 = hashlib.sha256(BYTES).hexdigest()
    with BankStore.open(made.folder) as store:
        store.add("OTHER", [HarmHash.of(pdq=NEAR, quality=80, sha256=sha256)], Provenance(added_by="moderator"))
        store.new_bank("THIRD")
    decoder = Watched()

    async def question(client: Client) -> None:
        files = {"photo": ("a.jpg", BYTES, "image/jpeg")}
        found = (await client.post("/m/lookup", params={"banks": "REPORTED"}, files=files)).json()
        assert found["pdq"] == {"REPORTED": [{"bank_content_id": made.ids["pdq"], "distance": "4"}]}
        added = (await client.post("/c/bank/THIRD/content", files=files)).json()
        assert added["signals"]["pdq"] == NEAR

    made.ask(question, desk=desk_with(decoder), **ASSERTED)
    assert decoder.given == []


def test_bytes_that_only_another_bank_holds_without_a_pdq_are_no_empty_answer(made: Made) -> None:
    with BankStore.open(made.folder) as store:
        store.add("OTHER", [HarmHash.of(sha256=hashlib.sha256(BYTES).hexdigest())], Provenance(added_by="moderator"))

    async def question(client: Client) -> None:
        files = {"photo": ("a.jpg", BYTES, "image/jpeg")}
        found = await client.post("/m/lookup", params={"banks": "REPORTED"}, files=files)
        assert (found.status_code, found.json()["reason"]) == (422, "not_decoded")
        assert (await client.post("/m/lookup", files=files)).json()["sha256"].keys() == {"OTHER"}

    made.ask(question, desk=desk_with(Watched()), **ASSERTED)


@pytest.mark.parametrize("path", ["/h/hash", "/v1/hash", "/m/lookup", "/c/bank/OTHER/content"])
@pytest.mark.parametrize("where", ["form", "query", "both"])
def test_a_flag_seals_on_every_route_wherever_it_stands(made: Made, path: str, where: str) -> None:
    decoder = Watched()
    form = {"form": {"under_18": "unknown"}, "query": {}, "both": {"under_18": "yes"}}[where]
    query = {"form": {}, "query": {"under_18": "yes"}, "both": {"under_18": "no"}}[where]

    async def question(client: Client) -> None:
        files = {"photo": ("a.jpg", b"bytes", "image/jpeg")}
        found = await client.post(path, params=query, data=form, files=files)
        assert (found.status_code, found.json()["reason"]) == (422, "sealed")

    made.ask(question, desk=desk_with(decoder), **ASSERTED)
    assert decoder.given == []


def test_nothing_of_a_sealed_picture_is_kept(made: Made) -> None:
    async def question(client: Client) -> None:
        files = {"photo": ("holiday.jpg", b"some-picture-bytes", "image/jpeg")}
        await client.post("/h/hash", data={"under_18": "yes"}, files=files)

    made.ask(question, desk=desk_with(Watched()), **ASSERTED)
    everything = b"".join(path.read_bytes() for path in made.folder.rglob("*") if path.is_file())
    for secret in (b"some-picture-bytes", b"holiday", hashlib.sha256(b"some-picture-bytes").hexdigest().encode()):
        assert secret not in everything


@pytest.mark.parametrize("path", ["/h/hash", "/m/lookup"])
def test_a_picture_with_too_little_in_it_is_said_and_looks_like_no_empty_answer(made: Made, path: str) -> None:
    async def question(client: Client) -> None:
        files = {"photo": ("a.png", b"flat", "image/png")}
        found = await client.post(path, files=files)
        assert (found.status_code, found.json()["reason"]) == (422, "low_quality")
        ours = (await client.post("/v1/hash", files=files)).json()
        assert ours["quality"] < 50
        assert len(ours["pdq"]) == 64

    made.ask(question, desk=desk_with(Watched(flat=True)), **ASSERTED)


def test_a_picture_that_does_not_open_is_refused_with_its_reason(made: Made) -> None:
    async def question(client: Client) -> None:
        found = await client.post("/v1/hash", content=b"no picture", headers={"content-type": "image/png"})
        assert (found.status_code, found.json()["reason"]) == (422, "not_decoded")
        assert "damaged" in found.json()["message"]

    made.ask(question, desk=desk_with(Watched(refuses=True)), **ASSERTED)


def test_a_form_without_a_file_or_of_another_content_type_is_refused(made: Made) -> None:
    async def question(client: Client) -> None:
        plain = await client.post("/h/hash", data={"a": "b"})
        assert (plain.status_code, plain.json()["reason"]) == (400, "bad_body")
        video = await client.post("/h/hash", files={"video": ("a.mp4", b"x", "video/mp4")})
        assert (video.status_code, video.json()["reason"]) == (400, "not_supported")

    made.ask(question, desk=desk_with(Watched()), **ASSERTED)


def test_uploads_are_off_unless_the_operator_says_otherwise(made: Made) -> None:
    assert Rules(banks=made.folder).uploads is UploadRule.OFF

    async def question(client: Client) -> list[str]:
        files = {"photo": ("a.jpg", b"bytes", "image/jpeg")}
        paths = ("/h/hash", "/v1/hash", "/m/lookup", "/c/bank/OTHER/content")
        return [(await client.post(path, files=files)).json()["reason"] for path in paths]

    assert made.ask(question, scopes=tuple(Scope)) == ["uploads_off"] * 4


def test_pictures_beyond_those_that_may_wait_are_told_to_come_back(made: Made) -> None:
    async def question(client: Client) -> str:
        found = await client.post("/v1/hash", content=b"x", headers={"content-type": "image/png"})
        return str(found.json()["reason"])

    assert made.ask(question, waiting_uploads=0, desk=desk_with(Watched()), **ASSERTED) == "busy"


def counted(made: Made) -> int:
    """How many hits of the first entry were written down when the service ended."""
    with BankStore.open(made.folder) as store:
        return sum(store._tables.hit_days(made.ids["pdq"]).values())


@pytest.mark.parametrize("path", ["/h/hash", "/m/lookup"])
def test_a_picture_that_several_hashes_find_is_one_event_and_none_where_it_is_only_hashed(
    made: Made, path: str
) -> None:
    with BankStore.open(made.folder) as store:
        known = HarmHash.of(
            pdq=ZERO, sha256=hashlib.sha256(BARN).hexdigest(), md5=hashlib.md5(BARN).hexdigest()
        )  # a name of a file
        (made.ids["pdq"],) = store.add("OTHER", [known], Provenance(added_by="moderator"))

    async def question(client: Client) -> None:
        found = await client.post(path, files={"photo": ("x.jpg", BARN, "image/jpeg")})
        assert found.status_code == 200

    made.ask(question, **ASSERTED)
    assert counted(made) == (1 if path == "/m/lookup" else 0)


def test_an_item_of_a_batch_is_one_event(made: Made) -> None:
    with BankStore.open(made.folder) as store:
        known = HarmHash.of(pdq=ZERO, sha256="12" * 32, md5="34" * 16)
        (made.ids["pdq"],) = store.add("OTHER", [known], Provenance(added_by="moderator"))

    async def question(client: Client) -> None:
        item = {"pdq": ZERO, "sha256": "12" * 32, "md5": "34" * 16}
        answers = (await client.post("/v1/lookups", json={"items": [item, item]})).json()["answers"]
        assert [len(each["hits"]) for each in answers] == [4, 4]

    made.ask(question)
    assert counted(made) == 2
