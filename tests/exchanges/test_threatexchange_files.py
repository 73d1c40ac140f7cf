from __future__ import annotations

import re
from pathlib import Path

import pytest

from exchanges.hash_lists import MD5, OTHER_PDQ, PDQ, read, record, written
from takeback.exchanges.hash_formats import HashFormat, format_of
from takeback.exchanges.hash_records import SetAsideReason
from takeback.model.bank import HarmHash, Opinion

SIGNALS, DATASET = HashFormat.SIGNALS, HashFormat.DATASET


def test_a_signal_file_names_the_type_before_the_signal_or_holds_bare_hashes() -> None:
    found, aside = read(SIGNALS, f"pdq {PDQ}\n{OTHER_PDQ}\npdq {PDQ} 'a collaboration' and more\nvideo_md5 {MD5}\n")
    assert [each.hash for each in found] == [HarmHash.of(pdq=each) for each in (PDQ, OTHER_PDQ, PDQ)]
    assert [(each.number, each.reason) for each in aside] == [(4, SetAsideReason.OTHER_SIGNAL)]


def test_a_corrupt_signal_is_set_aside() -> None:
    found, aside = read(SIGNALS, f"pdq {'0' * 32}\npdq {PDQ}\n")
    assert [(each.number, each.reason) for each in aside] == [(1, SetAsideReason.WRONG_LENGTH)]
    assert len(found) == 1


def test_the_view_of_a_collaboration_becomes_an_opinion() -> None:
    header = "signal_type,signal_str,collab,category,tags\r\n"
    rows = f"pdq,{PDQ},ours,POSITIVE_CLASS,a b\r\npdq,{OTHER_PDQ},ours,NEGATIVE_CLASS,\r\n"
    rows += f"pdq,{PDQ},,INVESTIGATION_SEED,\r\n"
    found, aside = read(DATASET, header + rows)
    assert aside == []
    assert [[(said.opinion, said.by, said.reason) for said in each.opinions] for each in found] == [
        [(Opinion.CONFIRM, "ours", "a b")],
        [(Opinion.DISPUTE, "ours", "")],
        [],
    ]


def test_only_perceptual_hashes_that_count_are_written() -> None:
    gone = record(3, pdq=OTHER_PDQ)
    object.__setattr__(gone, "withdrawn", True)
    assert written(SIGNALS, [record(1, pdq=PDQ, md5=MD5), record(2, md5=MD5), gone]) == f"pdq {PDQ}\n".encode()


# --- held against python-threatexchange itself, where it is installed ---


def test_python_threatexchange_reads_what_we_write(tmp_path: Path) -> None:
    file_api = pytest.importorskip("threatexchange.exchanges.impl.file_api")
    path = tmp_path / "signals.txt"
    path.write_bytes(written(SIGNALS, [record(1, pdq=PDQ), record(2, pdq=OTHER_PDQ)]))
    config = file_api.FileCollaborationConfig(name="ours", filename=str(path))
    [delta] = file_api.LocalFileSignalExchangeAPI.for_collab(config).fetch_iter([], None)
    assert set(delta.updates) == {("pdq", PDQ), ("pdq", OTHER_PDQ)}


def test_we_read_what_the_dataset_command_of_python_threatexchange_prints(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main = pytest.importorskip("threatexchange.cli.main")
    for options in (["-P", "--csv"], ["-P", "-S"], ["-P"]):
        main.inner_main(["dataset", "-s", "pdq", *options], tmp_path / "state")
        printed = capsys.readouterr().out
        expected = set(re.findall(r"\b[0-9a-f]{64}\b", printed))
        format = format_of(printed.encode())
        assert format is (DATASET if "--csv" in options else SIGNALS)
        found, aside = read(format, printed)
        assert {each.hash.signal.hex for each in found if each.hash and each.hash.signal} == expected
        assert (len(expected) > 10, aside) == (True, [])
