"""A letter is complete or does not exist, and rests on what people confirmed."""

from __future__ import annotations

import inspect
from dataclasses import replace
from datetime import UTC, datetime
from typing import get_type_hints

import pytest

from notices import made_up
from takeback.errors import ElementMissing, HarmRule, Refused
from takeback.model.clearing import SealedItem, SealReason
from takeback.model.finding import Conclusion, DepictionStatement, Finding, PersonRegion
from takeback.model.media import Place
from takeback.model.notice import Answer, Given, Item, Notice, Regime, RegimeKind
from takeback.notices import comparison, letters
from takeback.notices.letters import objection, prepare
from takeback.notices.regimes import load_elements, load_regimes

REGIMES = [each for each in load_regimes() if each.kind is not RegimeKind.MINOR_ROUTE]
INTIMATE = [each for each in REGIMES if each.intimate_image_law]
by_id = pytest.mark.parametrize("regime", REGIMES, ids=lambda each: each.id)
by_intimate = pytest.mark.parametrize("regime", INTIMATE, ids=lambda each: each.id)


def letter(
    regime: Regime,
    *,
    findings: tuple[Finding, ...] = (made_up.FINDING,),
    statements: tuple[DepictionStatement, ...] = (made_up.STATEMENT,),
    items: tuple[Item, ...] = (made_up.ITEM,),
    answers: dict[str, Answer] | None = None,
    made: datetime = made_up.MADE,
) -> Notice:
    given = made_up.answers() if answers is None else answers
    return prepare(regime, made_up.RECIPIENT, findings, statements=statements, items=items, answers=given, made=made)


@by_id
def test_a_letter_holds_every_element_that_its_regime_requires(regime: Regime) -> None:
    names = [name for name, text in letter(regime).elements if text]
    assert names == [each.name for each in (*regime.required, *regime.recommended)]


def dropped(name: str) -> dict[str, object]:
    """What a case looks like that lacks this element."""
    ways: dict[str, dict[str, object]] = {
        "content_locator": {"items": (replace(made_up.ITEM, locator=""),)},
        "observed_at": {"items": (replace(made_up.ITEM, observed=None),)},
    }
    answers = made_up.answers()
    answers.pop(name, None)
    return ways.get(name, {"answers": answers})


MUTATED = [each.name for each in load_elements() if not each.automatic] + ["content_locator", "observed_at"]


@pytest.mark.parametrize("name", MUTATED)
def test_without_an_element_exactly_the_regimes_that_require_it_refuse_and_name_it(name: str) -> None:
    for regime in REGIMES:
        if name not in {each.name for each in regime.required}:
            assert name not in dict(letter(regime, **dropped(name)).elements)  # type: ignore[arg-type]  # a table of tests
            continue
        with pytest.raises(ElementMissing, match=name) as caught:
            letter(regime, **dropped(name))  # type: ignore[arg-type]  # a table of tests
        assert caught.value.missing == (name,)


@by_id
@pytest.mark.parametrize("name", [each.name for each in load_elements() if each.given is Given.FINDINGS])
def test_an_automatic_element_that_cannot_be_filled_is_missing_by_name(regime: Regime, name: str) -> None:
    filled = tuple(pair for pair in letter(regime).elements if pair[0] != name)
    if name in {each.name for each in regime.required}:
        with pytest.raises(ElementMissing) as caught:
            letters._complete(regime, filled, {})
        assert caught.value.missing == (name,)
    else:
        letters._complete(regime, filled, {})


@by_id
def test_with_no_answer_at_all_every_missing_element_is_named_at_once(regime: Regime) -> None:
    with pytest.raises(ElementMissing) as caught:
        letter(regime, answers={})
    assert caught.value.missing == tuple(each.name for each in regime.required if not each.automatic)


@pytest.mark.parametrize("value", ["", "no", "Yes", "YES", "y", "true", "yes please", " yes"])
@pytest.mark.parametrize("name", [each.name for each in load_elements() if each.given is Given.CONFIRMED])
def test_a_statement_counts_only_with_a_literal_yes(name: str, value: str) -> None:
    regime = next(each for each in REGIMES if name in {one.name for one in each.required})
    with pytest.raises(ElementMissing) as caught:
        letter(regime, answers=made_up.answers() | {name: made_up.answer(name, value)})
    assert caught.value.missing == (name,)


@pytest.mark.parametrize("change", [{"by": " "}, {"time": ""}, {"time": "2026-11-24T10:00:00"}, {"element": "written"}])
def test_an_answer_needs_who_and_when(change: dict[str, str]) -> None:
    said = replace(made_up.answer("signature", "/s/"), **change)
    with pytest.raises(ElementMissing) as caught:
        letter(made_up.regime("us-tida-48h"), answers=made_up.answers() | {"signature": said})
    assert caught.value.missing == ("signature",)


def test_the_letter_carries_the_very_words_that_were_confirmed_with_who_and_when() -> None:
    notice = letter(made_up.regime("us-tida-48h"))
    statement = next(each.statement for each in load_elements() if each.name == "nonconsent_statement")
    assert dict(notice.elements)["nonconsent_statement"] == statement
    assert {each.element for each in notice.answers} == {
        "signature",
        "nonconsent_statement",
        "submitter_contact",
        "submitter_capacity",
    }


def test_answers_that_a_regime_does_not_call_for_stay_out_of_its_letter() -> None:
    notice = letter(made_up.regime("us-tida-48h"))
    assert made_up.VALUES["submitter_name"] not in {text for _, text in notice.elements}
    assert "submitter_email" not in {each.element for each in notice.answers}


@by_intimate
@pytest.mark.parametrize(
    ("changed", "way_out"),
    [
        (made_up.finding(conclusion=Conclusion.COPY), "takes only an altered form"),
        (replace(made_up.FINDING, confirmed_by=None), "takeback confirm"),
    ],
    ids=["copy", "unconfirmed"],
)
def test_an_intimate_image_law_takes_only_a_derivative_that_a_person_confirmed(
    regime: Regime, changed: Finding, way_out: str
) -> None:
    with pytest.raises(Refused, match=way_out):
        letter(regime, findings=(changed,))
    assert objection(regime, changed, (made_up.STATEMENT,)) is not None


@by_intimate
def test_an_intimate_image_law_needs_a_depiction_statement_for_each_finding(regime: Regime) -> None:
    with pytest.raises(Refused, match="no depiction statement"):
        letter(regime, statements=())
    other = replace(made_up.FINDING, id="finding-2")
    items = (made_up.ITEM, replace(made_up.ITEM, finding="finding-2"))
    with pytest.raises(Refused, match="finding-2 has no depiction statement"):
        letter(regime, findings=(made_up.FINDING, other), items=items)


@by_id
@pytest.mark.parametrize("field", ["by", "key", "shows", "how_known", "time", "signature"])
def test_a_depiction_statement_without_its_maker_words_or_signature_is_none(regime: Regime, field: str) -> None:
    with pytest.raises(Refused, match="make it again"):
        letter(regime, statements=(replace(made_up.STATEMENT, **{field: " "}),))


@by_id
@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (made_up.finding(person_region=PersonRegion.UNTOUCHED), "untouched"),
        (made_up.finding(person_region=PersonRegion.NOT_MARKED), "mark it in a new consent"),
        (made_up.finding(alignment=None), "hash alone"),
    ],
    ids=["untouched", "not marked", "hash alone"],
)
def test_no_regime_takes_a_finding_that_can_carry_no_notice(regime: Regime, changed: Finding, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        letter(regime, findings=(changed,))


def test_a_copy_may_be_noticed_where_the_law_is_not_about_intimate_images() -> None:
    notice = letter(made_up.regime("eu-dsa-16"), findings=(made_up.finding(conclusion=Conclusion.COPY),), statements=())
    assert "depiction_statement" not in dict(notice.elements)


@by_id
@pytest.mark.parametrize(
    "locator",
    [
        "",
        "https://t.me/c/1234567890/12",
        "https://t.me/made_up_channel",
        "https://t.me/+AbCdEf/12",
        "telegram:100/12",
        "https://",
        "https://somebody@t.me/made_up_channel/12",
        "https://t.me/made_up_channel/12\u202e",
        "javascript:alert(1)",
    ],
)
def test_a_locator_that_the_recipient_cannot_open_is_no_locator(regime: Regime, locator: str) -> None:
    with pytest.raises(ElementMissing) as caught:
        letter(regime, items=(replace(made_up.ITEM, locator=locator),))
    assert caught.value.missing == ("content_locator",)


@by_id
def test_a_finding_without_an_item_has_no_locator(regime: Regime) -> None:
    with pytest.raises(ElementMissing, match="content_locator"):
        letter(regime, items=())


@by_id
def test_a_regime_that_is_not_yet_the_law_takes_no_letter(regime: Regime) -> None:
    with pytest.raises(Refused, match="not in force"):
        letter(regime, made=datetime(2001, 1, 1, tzinfo=UTC))


def test_an_item_of_another_file_is_refused() -> None:
    with pytest.raises(Refused, match="does not show the file"):
        letter(made_up.regime("eu-dsa-16"), items=(replace(made_up.ITEM, media_sha256="0" * 64),))


def test_a_statement_about_another_finding_is_refused() -> None:
    with pytest.raises(Refused, match="finding-9"):
        letter(made_up.regime("eu-dsa-16"), statements=(replace(made_up.STATEMENT, finding="finding-9"),))


def test_a_capacity_that_the_regime_does_not_know_is_refused() -> None:
    regime = replace(made_up.regime("us-tida-48h"), who_may_submit=("depicted_person",))
    with pytest.raises(Refused, match="authorised_representative"):
        letter(regime)


def test_no_letter_without_findings() -> None:
    with pytest.raises(Refused, match="rests on findings"):
        letter(made_up.regime("eu-dsa-16"), findings=(), items=(), statements=())


def test_a_naive_time_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="aware"):
        letter(made_up.regime("eu-dsa-16"), made=datetime(2026, 11, 24))  # noqa: DTZ001  # the mistake itself


@pytest.mark.parametrize("name", ["minor-us-cybertip", "minor-iwf-inhope", "minor-takeitdown-ncmec"])
def test_a_minor_route_takes_no_letter(name: str) -> None:
    with pytest.raises(HarmRule, match="takes no letter"):
        letter(made_up.regime(name))


def test_a_sealed_item_goes_into_no_letter() -> None:
    sealed = SealedItem(sha256=made_up.MEDIA, place=Place(source="s", path="p"), reason=SealReason.FLAG)
    with pytest.raises(HarmRule, match="minor routes"):
        letter(made_up.regime("eu-dsa-16"), items=(sealed,))  # type: ignore[arg-type]  # what the types forbid


def test_no_function_of_letters_takes_a_sealed_item_by_its_type() -> None:
    for name, function in inspect.getmembers(letters, inspect.isfunction):
        hints = get_type_hints(function) if function.__module__ == letters.__name__ else {}
        assert not [hint for hint in hints.values() if "SealedItem" in str(hint)], name


def test_the_same_demand_made_later_is_the_same_notice() -> None:
    regime = made_up.regime("eu-dsa-16")
    assert letter(regime).id == letter(regime, made=datetime(2026, 12, 1, tzinfo=UTC)).id
    moved = replace(made_up.ITEM, locator="https://t.me/made_up_channel/13")
    assert letter(regime).id != letter(regime, items=(moved,)).id


@by_id
def test_the_facts_carry_both_propositions_the_comparisons_and_the_error_rate(regime: Regime) -> None:
    facts = dict(letter(regime).elements)["nonconsent_facts"]
    for words in (
        comparison.SAME_EXPOSURE,
        comparison.INDEPENDENT,
        "143 distinctive points",
        "10 to the power -52",
        "4,800 pairs",
        "unrelated pairs with a finding, 0 % (n = 12,000, 95 % interval 0 % to 0.031 %)",
        "freely licensed ordinary photographs",
        "came first: not tested",
        "37 % of the photograph's area",
    ):
        assert words in facts


@by_id
def test_no_letter_says_proof_proven_or_certain(regime: Regime) -> None:
    words = " ".join(text for _, text in letter(regime).elements).lower()
    assert not [banned for banned in ("proof", "proven", "prove", "certain") if banned in words]
