"""A web archive goes through the whole job like an export."""

from __future__ import annotations

from pathlib import Path

import pytest

from made_up_case import AGE_WORDS, MadeUp, run
from sources.made_archives import PHOTO, Kept, archive_of, message, photo, preview
from takeback.jobs.census import measure_network
from takeback.jobs.intake import take_in

ROOM = "https://t.me/s/picture_garden"
EARLY = "2020-07-01T00:00:00Z"


def archived(path: Path, made_up: MadeUp, *pages: Kept) -> Path:
    """Pages with a picture that the made-up case finds."""
    content = (made_up.export / "photos" / "photo_hyssop.jpg").read_bytes()
    path.write_bytes(archive_of(*pages, Kept(uri=PHOTO, content=content, mime="image/jpeg"), packed=True))
    return path


@pytest.mark.parametrize(
    ("older", "sealed", "findings"), [("as it was", 0, 1), (AGE_WORDS, 1, 0)], ids=["quiet words", "age words"]
)
def test_a_picture_in_a_web_archive_is_found_unless_any_words_at_its_post_seal_it(
    made_up: MadeUp, tmp_path: Path, older: str, sealed: int, findings: int
) -> None:
    path = archived(
        tmp_path / "pages.warc.gz",
        made_up,
        Kept(uri=ROOM, content=preview(message(7, "a quiet day", more=photo()))),
        Kept(uri=ROOM, date=EARLY, content=preview(message(7, older))),
    )
    with made_up.case(tmp_path, worked=False) as case:
        outcome = run(case, [path], [made_up.pack])
        assert (outcome.sealed, outcome.findings) == (sealed, findings)
        assert [each.name for each in case.store.sources()] == ["pages.warc.gz"]


def test_member_counts_of_a_source_enter_the_case_and_the_census_once(made_up: MadeUp, tmp_path: Path) -> None:
    path = archived(tmp_path / "pages.warc.gz", made_up, Kept(uri=ROOM, content=preview(message(7, more=photo()))))
    with made_up.case(tmp_path, worked=False) as case:
        for _ in range(2):
            take_in(case, [path])
        assert [(each.members, each.source) for each in case.store.audiences()] == [(45_615, "t.me preview")]
        assert {each.username for each in case.store.channels()} == {"Picture_Garden"}
        values = {each.id: each.value for each in measure_network(case)}
        assert values["members.sum"] == 45_615
