from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from made_up_case import MadeUp
from takeback.errors import SourceError, UsageError
from takeback.exchanges.account import Account
from takeback.model.channel import Damage
from takeback.plugins import GROUPS, engine, exchange, installed, load, open_source, read_source, recipient
from takeback.protocols import Detector, Engine, Exchange, Hasher, Recipient, Source

BUILT_IN = {
    "sources": ({"archive", "folder", "telegram"}, Source),
    "hashers": ({"pdq"}, Hasher),
    "detectors": ({"photographs"}, Detector),
    "exchanges": ({"file", "ncmec", "stopncii"}, Exchange),
    "engines": ({"local", "serial"}, Engine),
    "recipients": ({"telegram"}, Recipient),
}


ACCOUNT = Account(name="one", kind="any", bank="reported", folder=Path())
ARGUMENTS: dict[str, dict[str, object]] = {"local": {"workers": 1}, "exchanges": {"account": ACCOUNT}}


@pytest.mark.parametrize("group", BUILT_IN)
def test_what_is_built_in_registers_like_anything_else_and_keeps_its_protocol(group: str) -> None:
    names, protocol = BUILT_IN[group]
    assert group in GROUPS
    assert names <= {each.name for each in installed(group)}
    for name in names:
        found = load(group, name)
        made = found(**ARGUMENTS.get(name, ARGUMENTS.get(group, {})))
        assert isinstance(made, protocol)
        assert made.name == name or group == "detectors"


def test_a_name_that_is_not_installed_is_answered_with_those_that_are() -> None:
    with pytest.raises(UsageError, match=r"no engine is called 'ray' \(installed: local, serial\)"):
        load("engines", "ray")


def test_an_engine_takes_its_workers_and_the_plain_one_takes_none() -> None:
    assert engine("serial", workers=7).name == "serial"
    assert getattr(engine("local", workers=7), "workers", None) == 7
    assert recipient("telegram").locator("somebody", 5) == "https://t.me/somebody/5"


def test_an_account_is_at_the_exchange_of_its_kind() -> None:
    assert exchange(replace(ACCOUNT, kind="ncmec")).name == "ncmec"
    with pytest.raises(UsageError, match="no exchange is called 'any'"):
        exchange(ACCOUNT)


def test_an_export_is_read_as_an_export_and_not_as_a_folder_of_pictures(made_up: MadeUp) -> None:
    assert open_source(made_up.export).id.startswith("telegram-")
    assert open_source(made_up.export / "photos").id.startswith("folder")


def test_the_same_export_has_the_same_id_wherever_it_lies(made_up: MadeUp, tmp_path: Path) -> None:
    import shutil

    moved = shutil.copytree(made_up.export, tmp_path / "moved")
    assert open_source(Path(moved)).id == open_source(made_up.export).id


@pytest.mark.parametrize(
    ("name", "said"), [("nothing", "there is nothing at"), ("note.txt", "no kind of source reads")]
)
def test_what_no_source_reads_is_said(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "note.txt").write_text("words")
    with pytest.raises(SourceError, match=said):
        open_source(tmp_path / name)


def test_reading_a_source_gives_each_post_or_the_damage_in_its_place(made_up: MadeUp) -> None:
    found = list(read_source(str(made_up.export)))
    assert len(found) == 14
    assert not [each for each in found if isinstance(each, Damage)]
