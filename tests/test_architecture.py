"""The house as it is meant to be: sizes, names, who may import what, what is never named."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "takeback"
MODULES = {
    "takeback." + ".".join(path.relative_to(SOURCE).with_suffix("").parts): path
    for path in sorted(SOURCE.rglob("*.py"))
}
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in MODULES.items()}

BANNED_NAMES = {"utils", "util", "helpers", "helper", "manager", "managers", "common", "base", "misc"}
FACES = (
    "FaceDetectorYN",
    "FaceRecognizerSF",
    "CascadeClassifier",
    "dlib",
    "face_recognition",
    "insightface",
    "mediapipe",
)
NETWORK = {"socket", "ssl", "http", "ftplib", "smtplib", "imaplib", "telnetlib", "xmlrpc", "webbrowser", "asyncio"}
NETWORK |= {"requests", "httpx", "aiohttp", "urllib3", "websockets", "paramiko", "telethon"}

CONNECTS = {
    "takeback.bench.open_loop": "asks the service that the bench started, over loopback",
    "takeback.exchanges.connection": "to the host that an operator named, when a person pulls or sends; nothing else",
    "takeback.sources.live_telegram": "a person starts it for a channel they may read; it can be asked for no file",
    "takeback.web.audit": "asyncio alone: who waits for an entry to be on the disk",
    "takeback.web.desk": "asyncio alone: work that takes longer goes to threads",
    "takeback.web.door": "asyncio alone: how long a client may take",
    "takeback.web.fetch": "the one way out: off by default, public addresses of allowed hosts alone",
    "takeback.web.gathered": "asyncio alone: look-ups wait for each other",
    "takeback.web.serve": "listens, on this machine alone unless there is TLS",
    "takeback.web.v1_lookups": "asyncio alone: others get their turn amid a batch",
}
"""Who may name the libraries of the network all the same, and what for."""
AWAY = {
    "takeback.exchanges.connection",
    "takeback.sources.live_telegram",
    "takeback.web.fetch",
    "takeback.web.serve",
}
"""Those of them that may reach another machine."""
SERVERS = {"starlette", "uvicorn"}

OPENS_PICTURES_TOO = {
    "takeback.bench.": "measures on pictures that it made itself, or that whoever measures names",
    "takeback.simulate.": "makes benign edits of the photographs that ship with the program",
}
LONGER = {
    "takeback.kernels.consensus:mutual": "one kernel: Numba compiles it as a whole, and its loops share their state",
    "takeback.kernels.json_messages:messages": "half of it are its arguments, of which a kernel takes many",
}
PICKLES = {
    "takeback.engines.member": "between a process of ours and its own worker, over a pipe that nobody else holds",
    "takeback.engines.local": "as above",
    "takeback.engines.worker": "as above",
}
TESTED_THROUGH = {
    "takeback.__main__": "one line; `takeback bench startup` runs it",
    "takeback.bench": "a bench is a measurement; the frame that prints it is tested",
    "takeback.cli": "the commands run through takeback.cli.main.run",
    "takeback.demo": "the demonstration is its own test: it ends with 0 only if the outcome is as planted",
    "takeback.engines.member": "through the contract of engines",
    "takeback.engines.worker": "through the contract of engines",
    "takeback.evidence.consent_form": "through takeback.evidence.consent",
    "takeback.jobs": "through the main job, on the made-up network",
    "takeback.matching": "through examine and PhotographIndex",
    "takeback.kernels.recurrence": "through takeback.matching.overlay",
    "takeback.network": "through the census",
    "takeback.web.incoming": "through the routes that take pictures, in tests/web/test_uploads.py",
    "takeback.settings": "through the command line, and tests/test_docs.py",
    "takeback.signals.decode_picture": "through Decoder: it runs in the locked-in process alone",
    "takeback.signals.decode_pipe": "through Decoder",
    "takeback.signals.decode_wire": "through Decoder",
    "takeback.signals.decode_worker": "through Decoder: it is the locked-in process",
    "takeback.sources.fourcat_schema": "through takeback.sources.fourcat",
    "takeback.sources.picture_kind": "through takeback.sources.telegram and folder",
    "takeback.sources.record_tree": "through takeback.sources.web_archive and reading",
    "takeback.sources.telegram_columns": "through takeback.sources.telegram",
    "takeback.sources.telegram_count": "through takeback.sources.telegram",
    "takeback.sources.telegram_page": "through takeback.sources.telegram_html",
    "takeback.sources.telegram_posts": "through takeback.sources.telegram",
    "takeback.sources.telegram_repair": "through takeback.sources.telegram",
    "takeback.sources.telegram_rows": "through takeback.sources.telegram",
    "takeback.sources.telegram_schema": "through takeback.sources.telegram",
    "takeback.sources.web_index": "through takeback.sources.web_archive",
    "takeback.simulate.desktop_rows": "through takeback.simulate.shaped",
    "takeback.sources.telegram_survey": "through takeback.sources.telegram",
    "takeback.sources.window": "through takeback.sources.telegram",
    "takeback.store": "through CaseStore, which inherits every room of the store",
}


def _imports(tree: ast.AST) -> Iterator[str]:
    """The full name of everything that a module imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _roots(tree: ast.AST) -> set[str]:
    return {name.partition(".")[0] for name in _imports(tree)}


@pytest.mark.parametrize("name", MODULES)
def test_a_module_is_small(name: str) -> None:
    assert len(MODULES[name].read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize("name", MODULES)
def test_a_function_is_short(name: str) -> None:
    functions = [node for node in ast.walk(TREES[name]) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    lengths = {f"{name}:{node.name}": (node.end_lineno or 0) - node.lineno + 1 for node in functions}
    assert {each: lines for each, lines in lengths.items() if lines > 60 and each not in LONGER} == {}


def test_no_module_is_named_for_anything_at_all() -> None:
    assert [name for name in MODULES if BANNED_NAMES & set(name.split("."))] == []


@pytest.mark.parametrize("name", MODULES)
def test_a_module_says_what_it_is_for(name: str) -> None:
    first = (ast.get_docstring(TREES[name]) or "").split("\n")[0]
    assert first
    assert first.endswith((".", ":", ";", ",")) or first[-1].isalnum()


def test_no_face_detector_is_named_in_the_source() -> None:
    named = {
        name: [each for each in FACES if each in path.read_text(encoding="utf-8")] for name, path in MODULES.items()
    }
    assert {name: faces for name, faces in named.items() if faces} == {}


def test_only_signals_opens_pictures() -> None:
    opens = {name for name, tree in TREES.items() if "PIL" in _roots(tree)}
    assert {name for name in opens if not name.startswith(("takeback.signals.", *OPENS_PICTURES_TOO))} == set()


def test_opencv_decodes_nothing() -> None:
    decoders = re.compile(r"cv2\.(imread|imdecode|VideoCapture)")
    found = [name for name, path in MODULES.items() if decoders.search(path.read_text(encoding="utf-8"))]
    assert [name for name in found if not name.startswith("takeback.bench.")] == []  # as OPENS_PICTURES_TOO says


def test_only_store_holds_the_database() -> None:
    holds = {name for name, tree in TREES.items() if _roots(tree) & {"sqlcipher3", "sqlite3"}}
    assert holds
    assert {name for name in holds if not name.startswith("takeback.store.")} == set()


def test_nothing_is_unpickled_but_between_our_own_processes() -> None:
    pickles = re.compile(r"pickle|marshal\.|shelve|ForkingPickler")
    found = {name for name, path in MODULES.items() if pickles.search(path.read_text(encoding="utf-8").lower())}
    spoken = {"takeback.protocols"}  # says of a stage that it is "picklable"
    assert found - spoken <= PICKLES.keys()
    assert {name for name, tree in TREES.items() if _roots(tree) & {"pickle", "marshal", "shelve", "dill"}} == set()


def test_numpy_never_unpickles() -> None:
    loads = [
        node
        for tree in TREES.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "load"
        if isinstance(node.func.value, ast.Name) and node.func.value.id == "np"
    ]
    for node in loads:
        given = {each.arg: ast.unparse(each.value) for each in node.keywords}
        assert given.get("allow_pickle") == "False"


def test_the_source_opens_no_connection() -> None:
    reach = {name: _roots(tree) & NETWORK for name, tree in TREES.items()}
    assert {name for name, roots in reach.items() if roots} == set(CONNECTS)
    away = {name for name, roots in reach.items() if roots - {"asyncio"}}
    assert away == AWAY
    assert {name for name, tree in TREES.items() if "urllib.request" in set(_imports(tree))} == set()


def test_only_the_service_knows_a_web_server() -> None:
    holds = {name for name, tree in TREES.items() if _roots(tree) & SERVERS}
    assert holds == {"takeback.web.serve", "takeback.web.service"}


def test_nothing_below_the_command_line_prints() -> None:
    prints = {
        name
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    }
    assert {name for name in prints if not name.startswith("takeback.cli.")} == set()


def test_every_module_has_a_test() -> None:
    tests = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "tests").rglob("*.py")))
    untested = []
    for name, path in MODULES.items():
        parent, _, leaf = name.rpartition(".")
        mirrored = ROOT / "tests" / path.relative_to(SOURCE).parent / f"test_{leaf}.py"
        named = name in tests or re.search(rf"from {re.escape(parent)} import [^\n]*\b{leaf}\b", tests)
        through = any(name == each or name.startswith(f"{each}.") for each in TESTED_THROUGH)
        if not (leaf == "__init__" or mirrored.is_file() or named or through):
            untested.append(name)
    assert untested == []


def test_what_is_listed_here_is_there() -> None:
    known = {*MODULES, *(f"takeback.{path.name}" for path in SOURCE.iterdir() if path.is_dir())}
    listed = {*PICKLES, *TESTED_THROUGH, *CONNECTS, *(each.partition(":")[0] for each in LONGER)}
    assert listed <= known


def test_every_room_is_placed_in_the_layers() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contract = settings["tool"]["importlinter"]["contracts"][0]
    placed = set(re.findall(r"\w+", " ".join(contract["layers"])))
    rooms = {path.name for path in SOURCE.iterdir() if path.is_dir() and (path / "__init__.py").is_file()}
    single = {path.stem for path in SOURCE.glob("*.py")} - {"__init__", "__main__"}
    assert contract["exhaustive"] is True
    assert rooms | single <= placed


def test_each_rooms_first_line_is_its_purpose() -> None:
    for path in sorted(SOURCE.glob("*/__init__.py")):
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), path
