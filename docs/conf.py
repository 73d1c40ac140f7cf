"""How the documentation is built: MyST pages, no network, and the measured figures that lie in this checkout."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
sys.path.insert(0, str(ROOT / "src"))

import takeback  # noqa: E402  # the path above has to be there first

project = "takeback"
author = "The takeback contributors"
copyright = author  # Sphinx's name
version = release = takeback.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build", "figures"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
nitpicky = True
nitpick_ignore_regex = [("py:.*", ".*")]  # signatures name values of inner rooms, which have no page of their own
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
napoleon_google_docstring = True
napoleon_numpy_docstring = False

html_theme = "furo"
html_title = "takeback"
html_show_sphinx = False
html_copy_source = False
html_theme_options = {"light_css_variables": {"font-stack": "sans-serif"}}  # the reader's own font: nothing is fetched


def measured() -> Iterator[str]:
    """The table of every figure that is kept in `docs/figures/`, or one line that says how to measure them."""
    paths = sorted((DOCS / "figures").glob("*.json"))
    if not paths:
        yield "*No figures are kept in this checkout yet: `make campaign` measures them.*"
    for path in paths:
        kept = json.loads(path.read_text(encoding="utf-8"))
        yield f"**`takeback bench {kept['bench']}`**, seed {kept['seed']}, n {kept['n']}, {kept['cores']} cores"
        yield "\n| figure | value | unit | n | from | to |\n|---|---|---|---|---|---|"
        rows = [(name, figure) for name, figure in kept["figures"].items()]
        rows += [
            (f"{peer}: {name}", figure)
            for peer, figures in kept.get("peers", {}).items()
            for name, figure in figures.items()
        ]
        yield from (_row(name, figure) for name, figure in rows)
        yield f"\n{kept['note']}\n" if kept.get("note") else ""


def _row(name: str, figure: dict[str, object]) -> str:
    note = " (on benign edits, not on real fakes)" if "recall" in name else ""
    cells = (_cell(figure.get(key)) for key in ("value", "unit", "n", "low", "high"))
    return f"| `{name}`{note} | {' | '.join(cells)} |"


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def rates() -> Iterator[str]:
    """The error rates that findings carry, as they ship with the program."""
    path = ROOT / "src" / "takeback" / "matching" / "error_rates.json"
    table = json.loads(path.read_text(encoding="utf-8"))
    yield "| what | errors | n | counted | measured on |\n|---|---|---|---|---|"
    for evidence, rows in table["findings"].items():
        yield from (_rate(f"findings seen in {evidence}, from score {score:g}", counted) for score, counted in rows)
    yield _rate("hash match alone", table["hash_match"])


def _rate(what: str, counted: dict[str, object]) -> str:
    return f"| {what} | {counted['errors']} | {counted['n']} | {counted['unit']} | {counted['population']} |"


BUILT = DOCS / "_build"
BUILT.mkdir(exist_ok=True)
(BUILT / "figures.md").write_text("\n".join(measured()) + "\n", encoding="utf-8")
(BUILT / "rates.md").write_text("\n".join(rates()) + "\n", encoding="utf-8")
