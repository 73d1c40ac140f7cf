from __future__ import annotations

import ast
import json
import subprocess
import sys
import types
from collections.abc import Iterator

import click
import pytest

from cli.conftest import Takeback
from takeback import __version__
from takeback.cli.main import COMMANDS, EXIT_INTERRUPTED, EXIT_OURS, cli, code_of, main
from takeback.errors import (
    CapReached,
    CaseError,
    ConsentError,
    DecodeRefused,
    ElementMissing,
    HarmRule,
    MediaChanged,
    PackError,
    PhotographRefused,
    RegimeError,
    SourceError,
    StorageFull,
    TakebackError,
    UsageError,
    VerificationFailed,
    WrongPassphrase,
)


def commands(group: click.Group | None = None, *path: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command with its path."""
    for name in (group or cli).list_commands(click.Context(group or cli, help_option_names=["-h", "--help"])):
        command = (group or cli).get_command(click.Context(group or cli, help_option_names=["-h", "--help"]), name)
        assert command is not None
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, *path, name)


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[BaseException]]:
    """A command `fail` that raises what is put into the list."""
    errors: list[BaseException] = []
    module = types.ModuleType("made_up_command")

    @click.command()
    def fail() -> None:
        raise errors[-1]

    module.fail = fail  # type: ignore[attr-defined]  # a module made for this test
    monkeypatch.setitem(sys.modules, "made_up_command", module)
    monkeypatch.setitem(COMMANDS, "fail", ("made_up_command:fail", "Fail."))
    return errors


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("investigate", "--help"), ("case", "-h")])
def test_asking_for_help_ends_with_0(takeback: Takeback, arguments: tuple[str, ...]) -> None:
    ended = takeback(*arguments)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out


@pytest.mark.parametrize(
    "arguments",
    [("unknown",), ("--unknown",), ("enrol",), ("bench", "unknown"), ("publish", "--case"), ("census", "export")],
)
def test_a_wrong_command_line_ends_with_2_and_says_so_on_standard_error(
    takeback: Takeback, arguments: tuple[str, ...]
) -> None:
    ended = takeback(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert "Traceback" not in ended.err
    assert ended.err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("x"), 2),
        (SourceError("x"), 3),
        (PackError("x"), 3),
        (ConsentError("x"), 3),
        (CaseError("x"), 3),
        (WrongPassphrase("x"), 3),
        (StorageFull("x"), 3),
        (RegimeError("x"), 3),
        (DecodeRefused("x", reason="empty"), 1),
        (PhotographRefused("x"), 1),
        (MediaChanged("x"), 1),
        (CapReached("x"), 1),
        (ElementMissing("x", missing=("a",)), 1),
        (HarmRule("x"), 1),
        (VerificationFailed("x"), 1),
        (TakebackError("x"), EXIT_OURS),
        (OSError(13, "Permission denied", "/somewhere"), 3),
        (ZeroDivisionError("x"), EXIT_OURS),
        (KeyboardInterrupt(), EXIT_INTERRUPTED),
    ],
)
def test_each_kind_of_error_ends_in_one_line_and_its_code(
    takeback: Takeback, failing: list[BaseException], error: BaseException, code: int
) -> None:
    failing.append(error)
    ended = takeback("fail")
    assert (ended.code, ended.out, ended.err.strip().count("\n")) == (code, "", 0)
    assert ended.err.strip().startswith("takeback: ")
    if isinstance(error, TakebackError):
        assert code_of(error) == code


def test_an_error_of_ours_asks_for_a_report_without_personal_data_and_shows_no_traceback(
    takeback: Takeback, failing: list[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    failing.append(ZeroDivisionError("division"))
    assert "without any personal data" in takeback("fail").err
    monkeypatch.setenv("TAKEBACK_TRACEBACK", "1")
    assert "Traceback" in takeback("fail").err


def test_an_interrupted_command_says_that_it_resumes(takeback: Takeback, failing: list[BaseException]) -> None:
    failing.append(KeyboardInterrupt())
    assert takeback("fail").err == "takeback: interrupted; run the same command again to resume\n"


def test_every_command_is_listed_with_the_first_words_of_its_own_help(takeback: Takeback) -> None:
    listed = takeback("--help").out
    assert [name for name in COMMANDS if name not in listed] == []
    assert set(COMMANDS) == {path[0] for path, _ in commands()}


def test_no_option_of_any_command_takes_a_passphrase() -> None:
    names = [(path, name) for path, each in commands() for param in each.params for name in (*param.opts, param.name)]
    assert len(names) > 100
    assert [(path, name) for path, name in names if "pass" in (name or "").lower()] == []


def test_every_option_says_what_it_is_for() -> None:
    options = [(path, param) for path, each in commands() for param in each.params if isinstance(param, click.Option)]
    assert [(path, param.name) for path, param in options if not param.help] == []


def test_help_loads_no_numeric_library_and_the_module_runs_as_a_program() -> None:
    code = (
        "import sys; from takeback.cli.main import run; run(['--help']); run(['investigate', '--help']); "
        "run(['enrol', '--help']); print(sorted({'numpy', 'cv2', 'numba', 'PIL', 'typst'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ast.literal_eval(done.stdout.splitlines()[-1]) == []
    version = subprocess.run(
        [sys.executable, "-m", "takeback", "--version"], capture_output=True, text=True, check=True
    )
    assert __version__ in version.stdout


def test_the_installed_command_leaves_with_the_code_of_its_ending(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["takeback", "unknown"])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 2


def test_the_doctor_reports_every_check_as_lines_and_as_json(takeback: Takeback) -> None:
    lines, checks = takeback("doctor"), takeback("doctor", "--json")
    assert lines.code == checks.code == 0
    found = json.loads(checks.out)
    assert {"python", "fonts", "clock", "disk", "sandbox"} <= {each["name"] for each in found}
    assert len(lines.out.splitlines()) == len(found)
