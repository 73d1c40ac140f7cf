"""Consent: nothing pre-ticked, bound to photographs, signed by two keys."""

import hashlib
import re
import tomllib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from takeback.crypto.keyfile import HumanKey
from takeback.crypto.signing import SigningKey
from takeback.errors import CapReached, ConsentError, PhotographRefused
from takeback.evidence.consent import (
    check_caps,
    check_date,
    check_photograph,
    check_purpose,
    countersign,
    parse,
    read_signed,
    require_two,
    sign,
    signed_text,
    template,
)
from takeback.model.consent import Consent, PhotographConsent, Purpose, Region, Role, Under18, Wish
from takeback.model.digest import Sha256

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
ONE = Sha256(hashlib.sha256(b"one").hexdigest())
TWO = Sha256(hashlib.sha256(b"two").hexdigest())
OTHER = Sha256(hashlib.sha256(b"other").hexdigest())
ENROLLER = HumanKey(name="caseworker", signing=SigningKey.from_bytes(bytes(range(32))))
SECOND = HumanKey(name="supervisor", signing=SigningKey.from_bytes(bytes(range(1, 33))))

ANSWERS = {
    "person": '"heron"',
    "obtained_how": '"in person, form read aloud"',
    "obtained_by": '"caseworker"',
    "obtained_on": '"2026-11-20"',
    "expires_on": '"2027-11-20"',
    "language": '"ru"',
    "contact": '"through the caseworker only"',
    "wish": '"tell_when_removed"',
    "find": "true",
    "notify": "true",
    "disclose": "false",
    "exchange": "false",
    "statistics": "true",
    "under_18": '"no"',
    "taken_by": '"a friend"',
    "taken_by_person": "false",
    "person_region": "[0.25, 0.1, 0.7, 1.0]",
}


def filled(**changes: str) -> str:
    text = template([(ONE, "garden.jpg"), (TWO, "desk.jpg")])
    for field, answer in {**ANSWERS, **changes}.items():
        text = re.sub(rf'^{field} = ""', f"{field} = {answer}", text, flags=re.MULTILINE)
    return text


def signed_twice() -> str:
    return countersign(sign(filled(), ENROLLER, time=NOW), SECOND, time=NOW + timedelta(hours=1))


def test_a_filled_form_states_the_consent() -> None:
    consent = parse(filled())
    assert consent.person == "heron"
    assert consent.purposes == {Purpose.FIND, Purpose.NOTIFY, Purpose.STATISTICS}
    assert (consent.obtained_on, consent.expires_on) == (date(2026, 11, 20), date(2027, 11, 20))
    assert consent.wish is Wish.TELL_WHEN_REMOVED
    assert consent.photographs == tuple(
        PhotographConsent(
            sha256=sha256,
            under_18=Under18.NO,
            taken_by="a friend",
            taken_by_person=False,
            person_region=Region(left=0.25, top=0.1, right=0.7, bottom=1.0),
        )
        for sha256 in (ONE, TWO)
    )


def test_a_date_needs_no_quotation_marks_and_a_consent_no_end() -> None:
    consent = parse(filled(obtained_on="2026-11-20", expires_on='"never"', person_region='"not marked"'))
    assert consent.obtained_on == date(2026, 11, 20)
    assert consent.expires_on is None
    assert consent.photographs[0].person_region is None


def test_the_form_has_nothing_ticked() -> None:
    form = tomllib.loads(template([(ONE, "garden.jpg")]))
    asked = {**form, **form["purposes"], **form["photographs"][0]}
    given_beforehand = {"format", "version", "purposes", "photographs", "sha256"}
    assert {name for name, value in asked.items() if value != ""} == given_beforehand


@pytest.mark.parametrize("field", ANSWERS)
def test_each_blank_must_be_filled(field: str) -> None:
    with pytest.raises(ConsentError, match=rf"line \d+, \S*{field}: still blank \(write "):
        parse(filled(**{field: '""'}))


@pytest.mark.parametrize("field", ANSWERS)
def test_each_field_must_be_there(field: str) -> None:
    text = re.sub(rf"^{field} = .*$", "", filled(), flags=re.MULTILINE)
    with pytest.raises(ConsentError, match=rf"{field}: the field is missing"):
        parse(text)


@pytest.mark.parametrize(
    ("field", "answer"),
    [
        ("person", '"Her Full Name"'),
        ("person", "7"),
        ("obtained_on", '"20.11.2026"'),
        ("obtained_on", "2026-11-20T10:00:00Z"),
        ("expires_on", '"2026-11-19"'),
        ("language", '"русский"'),
        ("wish", '"maybe"'),
        ("find", '"true"'),
        ("find", "1"),
        ("under_18", "false"),
        ("taken_by_person", '"no"'),
        ("person_region", "[0.7, 0.1, 0.25, 1.0]"),
        ("person_region", "[0.1, 0.1, 0.2, 1.1]"),
        ("person_region", "[0.1, 0.1, 0.2, nan]"),
        ("person_region", "[0.1, 0.1, 0.2]"),
        ("person_region", "[0.1, 0.1, 0.2, 0.9, true]"),
        ("person_region", "true"),
    ],
)
def test_a_wrong_answer_names_its_line(field: str, answer: str) -> None:
    text = filled(**{field: answer})
    line = next(number for number, each in enumerate(text.splitlines(), 1) if each.startswith(f"{field} ="))
    with pytest.raises(ConsentError, match=rf"line {line}, \S*{field}: "):
        parse(text)


def test_the_line_of_a_second_photograph_is_its_own() -> None:
    text = filled()
    at = text.rindex('under_18 = "no"')
    with pytest.raises(ConsentError, match=r"photographs\.2\.under_18") as caught:
        parse(text[:at] + 'under_18 = "non"' + text[at + len('under_18 = "no"') :])
    assert f"line {text[:at].count(chr(10)) + 1}," in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("contact =", "contakt =", "no such field"),
        ("disclose =", "sell = true\ndisclose =", "no such field"),
        ("under_18 =", "age = 17\nunder_18 =", "no such field"),
        ("version = 1", "version = 2", "newer takeback"),
        ('"takeback-consent"', '"other"', "no consent form"),
        ("find = true", "find = yes", "true and false do not"),
        (TWO, ONE, "named twice"),
        (TWO, TWO[:-1], "not a SHA-256"),
    ],
)
def test_a_form_that_is_not_this_form_is_refused(old: str, new: str, message: str) -> None:
    assert old in filled()
    with pytest.raises(ConsentError, match=message):
        parse(filled().replace(old, new))


@given(st.text() | st.text(alphabet='[]{}="\n.a1-'))
def test_any_other_text_is_refused_and_nothing_else_happens(text: str) -> None:
    for read in (parse, read_signed):
        with pytest.raises(ConsentError):
            read(text)


@pytest.mark.parametrize("text", ["[" * 100_000, "a = " + "[" * 50_000, "a = " + "9" * 10_000, "#" * (2 << 20)])
def test_a_hostile_form_is_refused(text: str) -> None:
    with pytest.raises(ConsentError):
        parse(text)


def test_the_reference_page_shows_the_form_as_it_is(repository: Path) -> None:
    page = (repository / "docs" / "reference" / "consent-file.md").read_text(encoding="utf-8")
    shown = page.split("```toml\n")[1].split("\n```")[0]
    digest = re.findall(r"[0-9a-f]{64}", shown)[0]
    assert shown == template([(Sha256(digest), "garden.jpg")]).rstrip()


@given(st.lists(st.text(max_size=20), min_size=1, max_size=3))
def test_no_file_name_breaks_the_form(names: list[str]) -> None:
    form = template([(Sha256(f"{number:064x}"), name) for number, name in enumerate(names)])
    assert len(tomllib.loads(form)["photographs"]) == len(names)


def test_two_signatures_hold() -> None:
    signed = read_signed(signed_twice())
    assert (signed.signature.role, signed.signature.key) == (Role.ENROLLER, ENROLLER.signing.public)
    assert signed.countersignature is not None
    assert (signed.countersignature.role, signed.countersignature.key) == (Role.COUNTERSIGNER, SECOND.signing.public)
    assert signed.countersignature.time == NOW + timedelta(hours=1)
    assert signed.text == filled()
    assert require_two(signed) is signed


def test_the_signed_file_is_kept_byte_for_byte_and_is_toml() -> None:
    for text in (sign(filled(), ENROLLER, time=NOW), signed_twice()):
        assert signed_text(read_signed(text)) == text
        assert set(tomllib.loads(text)["signatures"]) <= {"enroller", "countersigner"}


def test_line_ends_of_another_system_change_nothing() -> None:
    text = signed_twice().replace("\n", "\r\n")
    assert signed_text(read_signed("\ufeff" + text + "\r\n")) == signed_twice()


def test_one_signature_instead_of_two_says_what_to_run() -> None:
    signed = read_signed(sign(filled(), ENROLLER, time=NOW))
    assert signed.countersignature is None
    with pytest.raises(ConsentError, match="takeback consent countersign FILE"):
        require_two(signed)


def test_the_same_key_does_not_sign_twice() -> None:
    with pytest.raises(ConsentError, match="same key"):
        countersign(sign(filled(), ENROLLER, time=NOW), ENROLLER, time=NOW)


def test_a_third_signature_is_refused() -> None:
    with pytest.raises(ConsentError, match="two signatures already"):
        countersign(signed_twice(), ENROLLER, time=NOW)
    with pytest.raises(ConsentError, match="a signature already"):
        sign(sign(filled(), ENROLLER, time=NOW), SECOND, time=NOW)


def test_a_blank_form_is_not_signed() -> None:
    with pytest.raises(ConsentError, match="still blank"):
        sign(template([(ONE, "garden.jpg")]), ENROLLER, time=NOW)


def test_an_unsigned_form_is_not_read_as_signed() -> None:
    with pytest.raises(ConsentError, match="not signed"):
        read_signed(filled())


@pytest.mark.parametrize(
    ("old", "new"),
    [("disclose = false", "disclose = true"), (TWO, OTHER), ("# A name", "# The name"), ("0.25, 0.1", "0.26, 0.1")],
)
def test_a_changed_text_is_found_and_not_countersigned(old: str, new: str) -> None:
    once = sign(filled(), ENROLLER, time=NOW)
    assert old in once
    for read in (read_signed, lambda text: countersign(text, SECOND, time=NOW)):
        with pytest.raises(ConsentError, match="was changed after the enroller"):
            read(once.replace(old, new))


@given(st.data())
def test_any_changed_letter_is_found(data: st.DataObject) -> None:
    text = signed_twice().rstrip("\n")
    at = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.characters(codec="utf-8").filter(lambda each: each != text[at]))
    with pytest.raises(ConsentError):
        read_signed(text[:at] + letter + text[at + 1 :])


def test_a_countersignature_of_another_first_signature_is_found() -> None:
    later = sign(filled(), ENROLLER, time=NOW + timedelta(minutes=1))
    second_block = signed_twice()[len(sign(filled(), ENROLLER, time=NOW)) :]
    with pytest.raises(ConsentError, match="changed after the countersigner"):
        read_signed(later + second_block)


def test_a_second_signature_older_than_the_first_is_refused() -> None:
    with pytest.raises(ConsentError, match="clock"):
        countersign(sign(filled(), ENROLLER, time=NOW), SECOND, time=NOW - timedelta(seconds=1))


def test_a_time_without_zone_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="aware"):
        sign(filled(), ENROLLER, time=NOW.replace(tzinfo=None))


def test_a_photograph_that_changed_is_not_covered() -> None:
    assert check_photograph(parse(filled()), ONE).taken_by == "a friend"
    with pytest.raises(ConsentError, match=f"{OTHER}.*takeback consent new"):
        check_photograph(parse(filled()), OTHER)


@pytest.mark.parametrize("answer", ["yes", "unknown"])
def test_a_photograph_of_a_minor_is_refused_with_the_routes_for_minors(answer: str) -> None:
    consent = parse(filled(under_18=f'"{answer}"'))
    with pytest.raises(PhotographRefused, match=r"takeitdown\.ncmec\.org.*inhope\.org"):
        check_photograph(consent, ONE)


def test_a_purpose_is_checked_one_by_one() -> None:
    consent = parse(filled())
    check_purpose(consent, Purpose.FIND)
    with pytest.raises(ConsentError, match="disclose"):
        check_purpose(consent, Purpose.DISCLOSE)


def test_a_consent_holds_from_its_first_day_to_its_last() -> None:
    consent = parse(filled())
    check_date(consent, date(2026, 11, 20))
    check_date(consent, date(2027, 11, 20))
    with pytest.raises(ConsentError, match="expired on 2027-11-20"):
        check_date(consent, date(2027, 11, 21))
    with pytest.raises(ConsentError, match="still to come"):
        check_date(consent, date(2026, 11, 19))
    check_date(parse(filled(expires_on='"never"')), date(2100, 1, 1))


def consent_of(person: str, photographs: range) -> Consent:
    text = template([(Sha256(f"{number:064x}"), "p") for number in photographs])
    for field, answer in {**ANSWERS, "person": f'"{person}"'}.items():
        text = re.sub(rf'^{field} = ""', f"{field} = {answer}", text, flags=re.MULTILINE)
    return parse(text)


def test_caps_count_distinct_photographs_and_persons() -> None:
    check_caps([consent_of("heron", range(50)), consent_of("heron", range(50)), consent_of("finch", range(50))])
    with pytest.raises(CapReached, match="51 photographs of 'heron'"):
        check_caps([consent_of("heron", range(50)), consent_of("heron", range(50, 51))])
    with pytest.raises(CapReached, match="21 persons"):
        check_caps([consent_of(f"p{number}", range(1)) for number in range(21)])


def test_a_raised_cap_is_given_as_a_number() -> None:
    check_caps([consent_of("heron", range(60))], photographs_per_person=60)
    check_caps([consent_of(f"p{number}", range(1)) for number in range(21)], persons_per_case=21)
