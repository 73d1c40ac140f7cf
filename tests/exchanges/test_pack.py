"""The protection pack: only its recipients open it, it holds what its level says, and it is read as hostile input."""

import functools
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from takeback.crypto import age
from takeback.crypto.canonical import canonical
from takeback.crypto.keyfile import HumanKey
from takeback.crypto.signing import SigningKey
from takeback.errors import ConsentError, PackError
from takeback.evidence.consent import countersign, read_signed, sign, signed_text, template
from takeback.exchanges.pack import PACK_VERSION, original_id, read_pack, write_pack
from takeback.exchanges.pack_container import ENTRIES, read_container, write_container
from takeback.model.consent import (
    Consent,
    PhotographConsent,
    Purpose,
    Region,
    Role,
    Signature,
    SignedConsent,
    Under18,
    Wish,
)
from takeback.model.digest import sha256_of
from takeback.model.original import Original, PackLevel, ProtectionPack
from takeback.model.signal import Features, Signal

IDENTITY, RECIPIENT = age.new_identity()
NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
REGION = Region(left=0.25, top=0.1, right=0.7, bottom=1.0)
FILLED = (
    ("person", '"heron"'),
    ("obtained_on", "2026-11-20"),
    ("expires_on", '"never"'),
    ("language", '"en"'),
    ("wish", '"tell"'),
    ("find|notify|disclose|exchange|statistics|taken_by_person", "true"),
    ("under_18", '"no"'),
    ("person_region", "[0.25, 0.1, 0.7, 1.0]"),
    (r"\w+", '"said"'),
)
PHOTOGRAPHS = (b"an ordinary photograph", b"another one")


@functools.cache
def a_consent(person: str = "heron", under_18: Under18 = Under18.NO) -> SignedConsent:
    said = tuple(
        PhotographConsent(
            sha256=sha256_of(content),
            under_18=under_18,
            taken_by="a friend",
            taken_by_person=False,
            person_region=REGION if number == 0 else None,
        )
        for number, content in enumerate(PHOTOGRAPHS)
    )
    signature = Signature(key="ab" * 32, role=Role.ENROLLER, time=NOW, value="cd" * 64)
    consent = Consent(
        version=1,
        person=person,
        purposes=frozenset({Purpose.FIND}),
        obtained_how="in person",
        obtained_by="caseworker",
        obtained_on=date(2026, 11, 20),
        expires_on=None,
        language="en",
        contact="caseworker",
        wish=Wish.TELL,
        photographs=said,
    )
    return SignedConsent(consent=consent, text=f"signed by {person}", signature=signature, countersignature=None)


def consent_text(signed: SignedConsent) -> str:
    return signed.text


def consent_reader(signed: SignedConsent) -> Callable[[str], SignedConsent]:
    def read(text: str) -> SignedConsent:
        if text != signed.text:
            raise ConsentError("the consent was changed (sign it anew)")
        return signed

    return read


def some_features(count: int = 5, *, seed: int = 7) -> Features:
    randomness = np.random.default_rng(seed)
    return Features(
        frames=randomness.random((count, 4), dtype=np.float32) * 100,
        descriptors=randomness.integers(0, 256, (count, 128), dtype=np.uint8),
        width=640,
        height=480,
    )


def an_original(level: PackLevel, content: bytes = PHOTOGRAPHS[0], *, person: str = "heron") -> Original:
    sha256 = sha256_of(content)
    signals = tuple(
        Signal.from_hex(hashlib.sha256(content + bytes([form])).hexdigest(), quality=100 - form) for form in range(8)
    )
    return Original(
        id=original_id(person, sha256),
        person=person,
        sha256=sha256,
        width=640,
        height=480,
        level=level,
        signals=signals,
        features=None if level is PackLevel.HASH else some_features(),
        sealed=content if level is PackLevel.SEALED else None,
        person_region=REGION if content == PHOTOGRAPHS[0] else None,
    )


def a_pack(level: PackLevel) -> ProtectionPack:
    originals = tuple(an_original(level, content) for content in PHOTOGRAPHS)
    return ProtectionPack(version=PACK_VERSION, level=level, consent=a_consent(), originals=originals)


def written(pack: ProtectionPack) -> bytes:
    return write_pack(pack, recipients=[RECIPIENT], consent_text=consent_text)


def read(content: bytes) -> ProtectionPack:
    return read_pack(content, identities=[IDENTITY], read_consent=consent_reader(a_consent()))


def read_plain(container: bytes) -> ProtectionPack:
    return read(age.encrypt(container, [RECIPIENT]))


@functools.cache
def plain(level: PackLevel) -> bytes:
    return age.decrypt(written(a_pack(level)), [IDENTITY])


@functools.cache
def encrypted() -> bytes:
    return written(a_pack(PackLevel.HASH))  # kept, because age makes another length each time


def with_entries(level: PackLevel, /, **changes: bytes | None) -> bytes:
    """A container with entries added, replaced or (None) left out."""
    entries: dict[str, bytes | None] = {**read_container(plain(level)), **changes}
    return write_container({name: content for name, content in entries.items() if content is not None})


def with_manifest(level: PackLevel, /, **changes: object) -> bytes:
    manifest = {**json.loads(read_container(plain(level))["manifest.json"]), **changes}
    return with_entries(level, **{"manifest.json": canonical(manifest)})


def assert_same(one: ProtectionPack, other: ProtectionPack) -> None:
    assert (one.version, one.level, one.consent) == (other.version, other.level, other.consent)
    for mine, theirs in zip(one.originals, other.originals, strict=True):
        assert replace(mine, features=None).__repr__() == replace(theirs, features=None).__repr__()
        assert (mine.features is None) == (theirs.features is None)
        if mine.features is not None and theirs.features is not None:
            assert np.array_equal(mine.features.frames, theirs.features.frames)
            assert np.array_equal(mine.features.descriptors, theirs.features.descriptors)
            assert (mine.features.width, mine.features.height) == (theirs.features.width, theirs.features.height)


@pytest.mark.parametrize("level", PackLevel)
def test_a_pack_comes_back_as_it_was_written(level: PackLevel) -> None:
    assert_same(read(written(a_pack(level))), a_pack(level))


@given(
    quality=st.integers(0, 100),
    words=st.integers(0, (1 << 256) - 1),
    width=st.integers(1, 1 << 20),
    count=st.integers(0, 40),
    seed=st.integers(0, 1000),
)
@settings(max_examples=50)
def test_any_original_comes_back(quality: int, words: int, width: int, count: int, seed: int) -> None:
    signal = Signal.from_hex(f"{words:064x}", quality=quality)
    features = replace(some_features(count, seed=seed), width=width)
    original = replace(an_original(PackLevel.FEATURES), signals=(signal,) * 8, width=width, features=features)
    pack = replace(a_pack(PackLevel.FEATURES), originals=(original,))
    assert_same(read(written(pack)), pack)


@pytest.mark.parametrize("level", PackLevel)
def test_every_level_is_encrypted(level: PackLevel) -> None:
    content = written(a_pack(level))
    assert content.startswith(b"age-encryption.org/v1")
    for readable in (b"manifest", b"heron", *PHOTOGRAPHS, sha256_of(PHOTOGRAPHS[0]).encode()):
        assert readable not in content


def test_inside_the_same_pack_gives_the_same_bytes() -> None:
    again = age.decrypt(written(a_pack(PackLevel.SEALED)), [IDENTITY])
    assert again == plain(PackLevel.SEALED)


@pytest.mark.parametrize(
    ("level", "kinds"),
    [
        (PackLevel.HASH, {"consent.toml", "manifest.json"}),
        (PackLevel.FEATURES, {"consent.toml", "manifest.json", "features"}),
        (PackLevel.SEALED, {"consent.toml", "manifest.json", "features", "originals"}),
    ],
)
def test_a_level_holds_no_more_than_it_says(level: PackLevel, kinds: set[str]) -> None:
    with zipfile.ZipFile(io.BytesIO(plain(level))) as archive:
        names = archive.namelist()
    assert {name.split("/")[0] for name in names} == kinds
    if level is not PackLevel.SEALED:
        assert not any(content in plain(level) for content in PHOTOGRAPHS)


def test_more_than_one_recipient_can_open_it() -> None:
    other_identity, other_recipient = age.new_identity()
    content = write_pack(a_pack(PackLevel.HASH), recipients=[RECIPIENT, other_recipient], consent_text=consent_text)
    for identity in (IDENTITY, other_identity):
        read_pack(content, identities=[identity], read_consent=consent_reader(a_consent()))


def test_one_photograph_of_two_persons_stays_two() -> None:
    sha256 = sha256_of(PHOTOGRAPHS[0])
    assert original_id("heron", sha256) != original_id("finch", sha256)
    assert original_id("heron", sha256) == original_id("heron", sha256)


@pytest.mark.parametrize(
    "changed",
    [
        replace(a_pack(PackLevel.HASH), version=2),
        replace(a_pack(PackLevel.HASH), originals=()),
        replace(a_pack(PackLevel.HASH), originals=(an_original(PackLevel.HASH),) * 2),
        replace(a_pack(PackLevel.HASH), originals=(an_original(PackLevel.FEATURES),)),
        replace(a_pack(PackLevel.HASH), originals=(replace(an_original(PackLevel.FEATURES), level=PackLevel.HASH),)),
        replace(
            a_pack(PackLevel.FEATURES), originals=(replace(an_original(PackLevel.SEALED), level=PackLevel.FEATURES),)
        ),
        replace(a_pack(PackLevel.FEATURES), originals=(replace(an_original(PackLevel.FEATURES), features=None),)),
        replace(a_pack(PackLevel.SEALED), originals=(replace(an_original(PackLevel.SEALED), sealed=None),)),
        replace(a_pack(PackLevel.SEALED), originals=(replace(an_original(PackLevel.SEALED), sealed=b"other"),)),
        replace(a_pack(PackLevel.HASH), originals=(replace(an_original(PackLevel.HASH), id="heron-1"),)),
        replace(a_pack(PackLevel.HASH), originals=(replace(an_original(PackLevel.HASH), signals=()),)),
        replace(a_pack(PackLevel.HASH), originals=(an_original(PackLevel.HASH, b"a photograph nobody spoke of"),)),
        replace(a_pack(PackLevel.HASH), originals=(an_original(PackLevel.HASH, person="finch"),)),
        replace(a_pack(PackLevel.HASH), originals=(replace(an_original(PackLevel.HASH), person_region=None),)),
        replace(a_pack(PackLevel.HASH), consent=a_consent(under_18=Under18.UNKNOWN)),
        replace(a_pack(PackLevel.HASH), consent=a_consent("finch")),
    ],
)
def test_a_pack_that_breaks_a_rule_is_not_written(changed: ProtectionPack) -> None:
    with pytest.raises(PackError):
        written(changed)


@pytest.mark.parametrize(
    ("container", "message"),
    [
        (with_entries(PackLevel.HASH, **{"features/x.bin": b"x"}), "more than it may"),
        (with_entries(PackLevel.FEATURES, **{"originals/x": b"x"}), "more than it may"),
        (with_manifest(PackLevel.FEATURES, level="hash"), "more than it may"),
        (with_manifest(PackLevel.SEALED, level="features"), "more than it may"),
        (with_manifest(PackLevel.HASH, level="features"), "lacks"),
        (with_manifest(PackLevel.FEATURES, level="sealed"), "lacks"),
        (with_manifest(PackLevel.HASH, originals=[]), "damaged"),
        (with_manifest(PackLevel.HASH, extra=1), "damaged"),
        (with_manifest(PackLevel.HASH, format="other"), "not a takeback pack"),
        (with_manifest(PackLevel.HASH, needs="0.0"), "not written as its format says"),
        (with_entries(PackLevel.HASH, **{"manifest.json": b'{"format":"\\ud800","version":1}'}), "not a takeback pack"),
        (with_entries(PackLevel.HASH, **{"manifest.json": None}), "no manifest"),
        (with_entries(PackLevel.HASH, **{"manifest.json": b"[" * 100_000}), "no manifest"),
        (with_entries(PackLevel.HASH, **{"consent.toml": None}), "consent in the pack"),
        (with_entries(PackLevel.HASH, **{"consent.toml": b"\xff"}), "consent in the pack"),
        (with_entries(PackLevel.HASH, **{"consent.toml": b"signed by heron!"}), "consent in the pack"),
        (b"", "not a takeback pack"),
        (b"something else", "not a takeback pack"),
        (plain(PackLevel.HASH) + b"\0", "damaged"),
        (plain(PackLevel.HASH)[:-1], "damaged"),
        (b"PK\x03\x04", "damaged"),
    ],
)
def test_a_pack_that_breaks_a_rule_is_not_read(container: bytes, message: str) -> None:
    with pytest.raises(PackError, match=message):
        read_plain(container)


def test_a_newer_version_says_what_reads_it() -> None:
    newer = with_manifest(PackLevel.HASH, version=2, needs="0.4", something_new=True)
    with pytest.raises(PackError, match=r"version 2; this takeback reads version 1 .* reads it: 0\.4\)"):
        read_plain(newer)
    with pytest.raises(PackError, match="a newer version"):
        read_plain(with_manifest(PackLevel.HASH, version=3, needs="run <this>"))


def test_a_pack_for_another_recipient_says_so() -> None:
    other, _ = age.new_identity()
    with pytest.raises(PackError, match="another recipient"):
        read_pack(written(a_pack(PackLevel.HASH)), identities=[other], read_consent=consent_reader(a_consent()))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\xff\xd8\xff", b"-----BEGIN AGE ENCRYPTED FILE-----\n"])
def test_another_file_is_not_a_pack(content: bytes) -> None:
    with pytest.raises(PackError, match="not a takeback pack"):
        read(content)


def test_compressed_entries_are_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", bytes(1 << 24))
    with pytest.raises(PackError, match="damaged"):
        read_plain(buffer.getvalue())


def test_an_entry_is_not_read_twice_under_one_name() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("manifest.json", b"1")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("manifest.json", b"2")
    with pytest.raises(PackError):
        read_plain(buffer.getvalue())


def test_too_many_entries_are_refused_before_they_are_read() -> None:
    many = write_container({f"features/{number}": b"" for number in range(ENTRIES + 1)})
    with pytest.raises(PackError, match="too many entries"):
        read_plain(many)


@given(st.data())
@settings(max_examples=200)
def test_flips_inside_a_pack_give_a_pack_error_and_nothing_else(data: st.DataObject) -> None:
    content = bytearray(plain(data.draw(st.sampled_from(PackLevel))))
    flips = data.draw(
        st.lists(st.tuples(st.integers(0, len(content) - 1), st.integers(1, 255)), min_size=1, max_size=4, unique=True)
    )
    before = bytes(content)
    for at, bits in flips:
        content[at] ^= bits
    if bytes(content) == before:
        return
    with pytest.raises(PackError):
        read_plain(bytes(content))


@given(st.data())
@settings(max_examples=60)
def test_flips_in_an_entry_with_a_true_checksum_are_never_another_error(data: st.DataObject) -> None:
    level = data.draw(st.sampled_from(PackLevel))
    entries = read_container(plain(level))
    name = data.draw(st.sampled_from(sorted(entries)))
    content = bytearray(entries[name])
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    try:
        read_plain(write_container({**entries, name: bytes(content)}))
    except PackError:
        return
    assert name == "manifest.json"  # a hash or a quality may be another one: inside, only age guards these


@given(st.data())
@settings(max_examples=60)
def test_flips_in_the_file_itself_give_a_pack_error(data: st.DataObject) -> None:
    content = bytearray(encrypted())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(PackError):
        read(bytes(content))


@given(st.binary(max_size=300))
def test_any_other_bytes_are_not_a_pack(content: bytes) -> None:
    for attempt in (content, b"PK\x03\x04" + content, content + plain(PackLevel.HASH)[-22:]):
        with pytest.raises(PackError):
            read_plain(attempt)


def test_a_real_consent_travels_with_its_signatures() -> None:
    text = template([(sha256_of(content), "photograph.jpg") for content in PHOTOGRAPHS])
    for blank, answer in FILLED:
        text = re.sub(rf'^({blank}) = ""', rf"\1 = {answer}", text, flags=re.MULTILINE)
    once = sign(text, HumanKey(name="one", signing=SigningKey.new()), time=NOW)
    signed = read_signed(countersign(once, HumanKey(name="two", signing=SigningKey.new()), time=NOW))
    originals = tuple(replace(an_original(PackLevel.HASH, content), person_region=REGION) for content in PHOTOGRAPHS)
    pack = ProtectionPack(version=PACK_VERSION, level=PackLevel.HASH, consent=signed, originals=originals)
    content = write_pack(pack, recipients=[RECIPIENT], consent_text=signed_text)
    assert_same(read_pack(content, identities=[IDENTITY], read_consent=read_signed), pack)


def test_the_reference_page_names_every_member_of_the_manifest(repository: Path) -> None:
    page = (repository / "docs" / "reference" / "pack-format.md").read_text(encoding="utf-8")
    manifest = json.loads(read_container(plain(PackLevel.HASH))["manifest.json"])
    for member in (*manifest, *manifest["originals"][0], *manifest["originals"][0]["signals"][0]):
        assert f"`{member}`" in page or f'"{member}"' in page
