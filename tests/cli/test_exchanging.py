"""`takeback exchange`: pull, and a push that shows before it sends."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.conftest import Takeback
from exchanges.local_server import Asked, LocalServer, Said
from made_up_case import PASSPHRASE, MadeUp
from takeback.jobs.bank_store import BankStore
from takeback.jobs.case import Case
from takeback.model.bank import HarmHash, Provenance

PDQ = "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22"
OWN = "e64cc9d91c623882f8d1f1d9a398e78c9f199b3bd83924f2b7e11e0bf861b064"


def served(asked: Asked) -> Said:
    if asked.method == "POST":
        return Said()
    record = {"signalType": "ImagePDQ", "hashStatus": "Active", "lastModtimestamp": 1_785_844_800}
    records = [{**record, "hashValue": PDQ}, {**record, "hashValue": PDQ[:32]}]
    page = {"count": 2, "nextPageToken": None, "nextSetTimestamp": 1_790_000_000, "hasMoreRecords": False}
    return Said(body=json.dumps({**page, "hashRecords": records}).encode())


@pytest.fixture
def banks(tmp_path: Path) -> Path:
    with BankStore.create(tmp_path / "banks") as store:
        store.new_bank("reported")
        store.add("reported", [HarmHash.of(pdq=OWN, sha256="a1" * 32)], Provenance(added_by="moderator"))
    return tmp_path / "banks"


@pytest.fixture
def configured(tmp_path: Path) -> Callable[[str], None]:
    def write(host: str) -> None:
        keys = ("subscription_key", "fetch_key", "submit_key", "feedback_key")
        (tmp_path / "keys.toml").write_text("".join(f'{key} = "word-{key}"\n' for key in keys))
        (tmp_path / "keys.toml").chmod(0o600)
        (tmp_path / "exchanges.toml").write_text(
            f'[ncii]\nkind = "stopncii"\nhost = "{host}"\nbank = "reported"\ncredentials = "keys.toml"\n'
        )

    return write


def test_a_pull_takes_in_what_it_can_and_says_what_it_cannot(
    takeback: Takeback, banks: Path, configured: Callable[[str], None]
) -> None:
    with LocalServer(served) as server:
        configured(server.host)
        ended = takeback("exchange", "pull", "ncii", "--banks", banks, "--by", "A", "--json")
    assert ended.code == 1
    assert isinstance(ended.json, dict)
    assert {name: ended.json[name] for name in ("read", "added", "set_aside")} == {
        "read": 2,
        "added": 1,
        "set_aside": 1,
    }
    assert "word-" not in ended.out + ended.err
    listed = takeback("exchange", "list", "--banks", banks, "--json")
    assert isinstance(listed.json, list)
    assert json.loads(listed.json[0]["checkpoint"])["since"] == 1_790_000_000
    assert "ncii: stopncii into bank reported http://127.0.0.1" in takeback("exchange", "list").out


def test_a_push_shows_to_the_letter_what_it_then_sends_and_sends_nothing_unasked(
    takeback: Takeback, banks: Path, configured: Callable[[str], None]
) -> None:
    with LocalServer(served) as server:
        configured(server.host)
        push = ("exchange", "push", "ncii", "--banks", banks, "--by", "A", "--no-enrolled")
        shown = takeback(*push)
        assert (shown.code, server.asked) == (1, [])
        assert "nothing was sent" in shown.out
        ended = takeback(*push, "--send")
        assert ended.code == 0
        (asked,) = server.asked
        assert (asked.method, asked.path) == ("POST", "/SubmitHashes")
        assert json.loads(asked.body)["hashRecords"][0]["hashValue"] == OWN
        assert OWN in shown.out
        again = takeback(*push, "--send", "--json")
        assert isinstance(again.json, dict)
        assert (again.code, again.json["already"], again.json["sent"], len(server.asked)) == (0, 1, 0, 1)


def test_unless_told_what_is_enrolled_no_hash_is_even_shown(
    takeback: Takeback, banks: Path, configured: Callable[[str], None]
) -> None:
    configured("https://example.org/v1")
    ended = takeback("exchange", "push", "ncii", "--banks", banks, "--by", "A")
    assert ended.code == 0
    assert OWN not in ended.out
    assert "withheld 1 hashes" in ended.out


def test_a_hash_near_an_enrolled_photograph_stays_and_the_case_knows_that_it_was_asked(
    takeback: Takeback, banks: Path, configured: Callable[[str], None], made_up: MadeUp, tmp_path: Path
) -> None:
    folder = made_up.copy(tmp_path)
    with Case.open(folder, passphrase=PASSPHRASE) as case:
        turned = next(iter(case.store.originals(photographs=False))).signals[3]
    with BankStore.open(banks) as store:
        near = f"{int(turned.hex, 16) ^ 0xFF:064x}"
        store.add("reported", [HarmHash.of(pdq=near)], Provenance(added_by="moderator"))
    with LocalServer(served) as server:
        configured(server.host)
        ended = takeback(
            "exchange", "push", "ncii", "--banks", banks, "--by", "A", "--case", folder, "--send", "--json"
        )
        assert isinstance(ended.json, dict)
        assert (ended.json["sent"], sum(ended.json["withheld"].values())) == (1, 1)
        assert near not in ended.out + server.asked[0].body.decode()
        assert OWN in server.asked[0].body.decode()
    with Case.open(folder, passphrase=PASSPHRASE) as case:
        assert "export_guarded" in {each.action for each in case.store.ledger_entries()}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("pull", "gone"), "there are: ncii"),
        (("push", "ncii", "--no-enrolled", "--case", "somewhere"), "not both"),
        (("pull", "ncii", "--config", "none.toml"), "none.toml"),
    ],
)
def test_what_is_asked_wrongly_is_said(
    takeback: Takeback, banks: Path, configured: Callable[[str], None], arguments: tuple[str, ...], said: str
) -> None:
    configured("https://example.org/v1")
    ended = takeback("exchange", *arguments, "--banks", banks, "--by", "A")
    assert ended.code in {2, 3}
    assert said in ended.err
