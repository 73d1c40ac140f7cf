"""What the pages say is what the program does."""

from __future__ import annotations

import doctest
import importlib
import json
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import click
import pytest

import takeback
from takeback import errors, plugins, protocols
from takeback.cli.main import cli, code_of
from takeback.model.media import DecodeReason
from takeback.report.words import check_words
from takeback.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
TOP = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CODE_OF_CONDUCT.md")
PAGES = [ROOT / name for name in TOP] + sorted(path for path in DOCS.rglob("*.md") if "_build" not in path.parts)
MODULES = sorted(
    "takeback." + ".".join(path.relative_to(ROOT / "src" / "takeback").with_suffix("").parts)
    for path in (ROOT / "src" / "takeback").rglob("*.py")
    if path.stem not in {"__init__", "__main__"}
)


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


# --- command lines ---

_FENCED = re.compile(r"^```.*?\n(.*?)^```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"(?<!`)`([^`]+)`(?!`)")


def _shell_lines(text: str) -> Iterator[str]:
    """Every whole command line in a block, and in an indented block."""
    blocks = "\n".join(_FENCED.findall(text)).replace("\\\n", " ")
    outside = _FENCED.sub("", text)
    indented = "\n".join(line for line in outside.splitlines() if line.startswith("    "))
    for line in f"{blocks}\n{indented}".splitlines():
        found = re.match(r"\s*(?:\.venv/bin/)?(takeback [a-z].*)", line)
        if found:
            yield found[1]


def _mentions(text: str) -> Iterator[str]:
    """Every command that a sentence names between backticks, which may be a part of one."""
    for code in _INLINE.findall(_FENCED.sub("", text)):
        joined = " ".join(code.split())
        if re.match(r"takeback [a-z-]", joined):
            yield joined


def _command(words: list[str]) -> tuple[str, click.Command, list[str]]:
    """The command that the words name, and what is left of them."""
    name, command, context = "takeback", cli, click.Context(cli, help_option_names=["-h", "--help"])
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(context, words[0])
        assert found is not None, f"{name} has no command {words[0]!r}"
        name, command, context = f"{name} {words[0]}", found, click.Context(found, help_option_names=["-h", "--help"])
        words = words[1:]
    return name, command, words


def _parsed(line: str) -> tuple[click.Command, set[str]]:
    """The command of a line and the parameters that it gives; fails on an option that there is not."""
    words = shlex.split(line.removesuffix(" ..."), comments=True)[1:]
    name, command, left = _command(words)
    if {"--help", "-h", "--version"} & set(left):
        return command, {each.name or "" for each in command.params}
    parser = command.make_parser(click.Context(command, info_name=name, help_option_names=["-h", "--help"]))
    given, _, order = parser.parse_args(list(left))
    return command, {each.name or "" for each in order if given.get(each.name or "")}


LINES = [(_name(page), line) for page in PAGES if page.name != "cli.md" for line in _shell_lines(_read(page))]
SPOKEN = [(_name(page), line) for page in PAGES if page.name != "cli.md" for line in _mentions(_read(page))]


@pytest.mark.parametrize(("page", "line"), LINES)
def test_every_command_line_on_a_page_is_complete(page: str, line: str) -> None:
    command, given = _parsed(line)
    needed = {each.name for each in command.params if each.required}
    assert needed <= given, f"{page}: {line} lacks {needed - given}"


@pytest.mark.parametrize(("page", "line"), SPOKEN)
def test_every_command_that_a_sentence_names_exists(page: str, line: str) -> None:
    assert _parsed(line)[0], page


def test_messages_name_commands_that_exist() -> None:
    said = 0
    for name in MODULES:
        text = _read(ROOT / "src" / Path(*name.split(".")).with_suffix(".py"))
        joined = re.sub(r"""["']\s+f?["']""", "", text)  # a message over several lines
        for line in re.findall(r"`(takeback [a-z][^`\n]*)`", joined):
            whole = re.sub(r"( --[a-z-]+)$", r"\1 X", re.sub(r"\{[^{}]*\}", "X", line))
            _parsed(whole)
            said += 1
    assert said > 20


def test_readme_shows_a_whole_first_case() -> None:
    commands = [_command(shlex.split(line, comments=True)[1:])[0] for line in _shell_lines(_read(ROOT / "README.md"))]
    assert commands[0] == "takeback key new"
    assert {"takeback case new", "takeback enrol", "takeback investigate", "takeback publish"} <= set(commands)


def test_every_make_target_on_a_page_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", _read(ROOT / "Makefile"), re.MULTILINE))
    for page in PAGES:
        named = set(re.findall(r"`make ([a-z]+)", _read(page))) | set(
            re.findall(r"^make ([a-z]+)", _read(page), re.MULTILINE)
        )
        assert named <= targets, page
    assert {"demo", "test"} <= set(re.findall(r"^make ([a-z]+)", _read(ROOT / "README.md"), re.MULTILINE))


# --- reference pages ---


def test_the_command_reference_is_what_the_program_says() -> None:
    script = [sys.executable, str(ROOT / "scripts" / "cli_reference.py")]  # a program of its own: click caches its help
    printed = subprocess.run(script, capture_output=True, check=True, encoding="utf-8").stdout
    assert _read(DOCS / "reference" / "cli.md") == printed, "run: python scripts/cli_reference.py --write"


def test_every_command_and_option_says_what_it_is() -> None:
    def walk(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
        yield name, command
        if isinstance(command, click.Group):
            for each in command.list_commands(click.Context(command, help_option_names=["-h", "--help"])):
                found = command.get_command(click.Context(command, help_option_names=["-h", "--help"]), each)
                assert found is not None
                yield from walk(found, f"{name} {each}")

    for name, command in walk(cli, "takeback"):
        assert command.help, name
        for option in command.params:
            if isinstance(option, click.Option):
                assert option.help, f"{name} {option.opts}"


def test_every_setting_is_documented() -> None:
    page = _read(DOCS / "reference" / "settings.md")
    for each in fields(Settings):
        assert f"| `{each.name}` | `TAKEBACK_{each.name.upper()}` |" in page


def test_every_error_is_documented_with_its_exit_code() -> None:
    page = _read(DOCS / "reference" / "errors.md")
    kinds = [
        each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, errors.TakebackError)
    ]
    for kind in kinds:
        row = re.search(rf"^\| `{kind.__name__}` \| .* \| (\d+)\b[^|]*\|$", page, re.MULTILINE)
        assert row, kind.__name__
        assert int(row[1]) == code_of(kind.__new__(kind)), kind.__name__


def test_every_reason_of_a_refusal_is_documented() -> None:
    page = _read(DOCS / "reference" / "errors.md")
    assert [each.value for each in DecodeReason if f"`{each.value}`" not in page] == []


def test_every_extension_point_is_documented_with_its_methods() -> None:
    page = _read(DOCS / "reference" / "extension-points.md")
    for group in plugins.GROUPS:
        assert f"`takeback.{group}`" in page
        for entry in plugins.installed(group):
            if entry.dist is not None and entry.dist.name == "takeback":
                assert f"`{entry.name}`" in page
    for name in ("Source", "Reader", "Hasher", "Detector", "Exchange", "Recipient", "Engine"):
        for method in vars(getattr(protocols, name)):
            if not method.startswith("_"):
                assert re.search(rf"`{method}[(`]|`.* {method}\(", page), f"{name}.{method}"


def test_every_public_name_is_documented() -> None:
    page = _read(DOCS / "reference" / "library.md")
    for name in takeback.__all__:
        if name != "__version__":
            found = getattr(takeback, name)
            assert f"{found.__module__}.{name}" in page


def test_every_act_of_the_ledger_is_documented() -> None:
    page = _read(DOCS / "reference" / "case-folder.md")
    for name in MODULES:
        path = ROOT / "src" / Path(*name.split(".")).with_suffix(".py")
        for action in re.findall(r"""\.record\(\s*"([a-z_]+)\"""", _read(path)):
            assert f"`{action}`" in page, action


def test_every_field_of_a_finding_is_documented() -> None:
    from report.made_up import finding
    from takeback.report.documents import findings_json
    from takeback.report.pseudonym import Pseudonyms

    page = _read(DOCS / "reference" / "documents.md")
    row = json.loads(findings_json([finding()], released={}, pseudonyms=Pseudonyms(bytes(32))))[0]
    inner = [name for value in row.values() if isinstance(value, dict) for name in value]
    for name in (*row, *(each for each in inner if each not in row["versions"])):
        assert f"`{name}`" in page, name


def test_every_field_of_the_summary_is_documented() -> None:
    from takeback.demo.run import Summary

    page = _read(DOCS / "reference" / "documents.md")
    assert [name for name in Summary.__struct_fields__ if f"`{name}`" not in page] == []


# --- examples ---


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_the_source_run(name: str) -> None:
    if ">>>" not in _read(ROOT / "src" / Path(*name.split(".")).with_suffix(".py")):
        return
    result = doctest.testmod(importlib.import_module(name))
    assert result.attempted
    assert not result.failed


def test_examples_on_the_page_of_the_library_run() -> None:
    page = DOCS / "reference" / "library.md"
    result = doctest.testfile(str(page), module_relative=False, encoding="utf-8")
    assert result.attempted
    assert not result.failed


def test_every_public_name_has_an_example() -> None:
    page = _read(DOCS / "reference" / "library.md")
    example = page[page.index("## An example") :]
    for name in takeback.__all__:
        if name != "__version__":
            assert ">>>" in (getattr(takeback, name).__doc__ or "") or name in example, name


# --- rules ---


def _wanted(file: Path) -> set[str]:
    lines = (line.partition("#")[0].strip() for line in _read(file).splitlines())
    return {re.split(r"[\[<>=~! ]", line)[0] for line in lines if line and not line.startswith("-")}


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads(_read(ROOT / "pyproject.toml"))["project"]
    wanted = {re.split(r"[\[<>=~! ]", each)[0] for each in project["dependencies"]}
    for extra in project["optional-dependencies"].values():
        wanted |= {re.split(r"[\[<>=~! ]", each)[0] for each in extra}
    for file in sorted((ROOT / "requirements").glob("*.in")):
        wanted |= _wanted(file)
    page = _read(DOCS / "decisions" / "dependencies.md")
    rows = set(re.findall(r"`([^`]+)`", "\n".join(re.findall(r"^\| (`.*?) \|", page, re.MULTILINE))))
    named = set(re.findall(r"`([a-z0-9-]+)`", page))
    assert wanted <= named, f"without a reason: {wanted - named}"
    assert rows <= wanted, f"no longer wanted: {rows - wanted}"


def test_every_decision_is_listed_and_one_screen_long() -> None:
    index = _read(DOCS / "decisions" / "index.md")
    for page in sorted((DOCS / "decisions").glob("*.md")):
        if page.stem != "index":
            assert re.search(rf"^{re.escape(page.stem)}$", index, re.MULTILINE), page.stem
            assert page.stem == "dependencies" or len(_read(page).splitlines()) <= 40, page.stem


def test_every_test_that_the_harm_rules_name_exists() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", _read(DOCS / "harm-rules.md"))
    assert len(named) > 20
    for path, name in named:
        assert re.search(rf"^def {name}\(", _read(ROOT / path), re.MULTILINE), f"{path}::{name}"


LAW = "intimate"
"""A page may speak of laws about intimate images; a report never says that a picture is one."""


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_no_page_claims_too_much(page: Path) -> None:
    text = _INLINE.sub("", _FENCED.sub("", _read(page)))
    unquoted = re.sub(r"[\"“][^\"”\n]*[\"”]", "", text)
    assert [each for each in check_words(unquoted) if not each.endswith(LAW)] == []


def test_a_word_that_claims_too_much_would_be_found() -> None:
    assert check_words("This proves it.") == ("proves",)


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", _FENCED.sub("", _read(page))):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_recall_never_stands_without_what_it_was_measured_on() -> None:
    for page in PAGES:
        for paragraph in _read(page).split("\n\n"):
            if re.search(r"\brecall\b", paragraph) and re.search(r"\d+(\.\d+)? ?%|0\.\d", paragraph):
                assert "benign edits" in paragraph, f"{_name(page)}: {paragraph[:100]}"


def test_no_tracked_file_names_a_machine_or_a_registry() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    hosts = ("py" + "pi.org", "python" + "hosted.org", "--index" + "-url", "anaconda" + ".org", "npm" + "js.org")
    paths = re.compile(rb"(?<![\w.~-])/(?:work|root|home/\w+|Users/\w+)/")
    for name in listed.stdout.decode().split("\0"):
        file = ROOT / name
        if not name or not file.is_file() or file.suffix in {".png", ".jpg", ".ttf", ".gz"}:
            continue
        content = file.read_bytes()
        assert [host for host in hosts if host.encode() in content] == [], name
        assert not paths.search(content), f"{name}: {paths.search(content)}"
