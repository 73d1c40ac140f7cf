from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from takeback.errors import UsageError
from takeback.settings import FILE_NAME, Settings, resolve

NOWHERE = Path("/nowhere/at/all")


def written(folder: Path, text: str) -> Path:
    (folder / FILE_NAME).write_text(text, encoding="utf-8")
    return folder


def test_nothing_said_leaves_the_defaults() -> None:
    assert resolve({}, folder=NOWHERE) == Settings()


def test_the_environment_wins_over_the_file_and_flags_over_both(tmp_path: Path) -> None:
    folder = written(tmp_path, 'engine = "serial"\nworkers = 2\nquiet = true\n')
    assert resolve({}, folder=folder) == Settings(engine="serial", workers=2, quiet=True)
    environment = {"TAKEBACK_WORKERS": "3", "TAKEBACK_QUIET": "no"}
    assert resolve(environment, folder=folder) == Settings(engine="serial", workers=3, quiet=False)
    flags = {"engine": "local", "workers": None, "quiet": True}
    assert resolve(environment, folder=folder, flags=flags) == Settings(engine="local", workers=3, quiet=True)


def test_a_variable_of_another_program_part_is_left_alone() -> None:
    assert resolve({"TAKEBACK_TRACEBACK": "1", "TAKEBACK_DATA": "/data", "HOME": "/"}, folder=NOWHERE) == Settings()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("engine = ", "is not TOML"),
        ('engines = "local"', "sets 'engines', which is no setting (there are: engine,"),
        ("engine = 3", "sets engine to 3, which is no str"),
        ("workers = -1", "sets workers to -1, which is no int"),
        ("workers = true", "sets workers to True, which is no int"),
        ('quiet = "perhaps"', "sets quiet to 'perhaps', which is no bool"),
    ],
)
def test_a_file_that_says_something_unknown_is_named(tmp_path: Path, text: str, said: str) -> None:
    folder = written(tmp_path, text)
    with pytest.raises(UsageError) as raised:
        resolve({}, folder=folder)
    assert str(folder / FILE_NAME) in str(raised.value)
    assert said in str(raised.value)


def test_a_variable_that_says_something_unknown_is_named() -> None:
    with pytest.raises(UsageError, match="the environment sets workers to 'many', which is no int"):
        resolve({"TAKEBACK_WORKERS": "many"}, folder=NOWHERE)


def test_no_workers_named_means_one_a_core() -> None:
    assert Settings().worker_count == (os.cpu_count() or 1)
    assert Settings(workers=5).worker_count == 5


def test_no_setting_holds_a_passphrase_itself() -> None:
    assert [name for name in Settings.__slots__ if "passphrase" in name] == ["passphrase_file", "key_passphrase_file"]


@given(
    st.dictionaries(st.sampled_from(["TAKEBACK_ENGINE", "TAKEBACK_WORKERS", "TAKEBACK_QUIET"]), st.text(max_size=12))
)
def test_any_environment_gives_typed_settings_or_a_usage_error(environment: dict[str, str]) -> None:
    try:
        settings = resolve(environment, folder=NOWHERE)
    except UsageError:
        return
    assert isinstance(settings.engine, str)
    assert settings.workers >= 0
    assert type(settings.workers) is int
    assert type(settings.quiet) is bool
