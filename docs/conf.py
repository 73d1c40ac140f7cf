"""How the documentation is built: MyST pages, no network, and the measured figures that lie in this checkout."""

from __future__ import annotations

import html
import json
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
sys.path.insert(0, str(ROOT / "src"))

import takeback  # noqa: E402  # the path above has to be there first
from takeback.matching.calibration import Counted, Table, rate_at, shipped  # noqa: E402  # likewise
from takeback.model.finding import Evidence  # noqa: E402  # likewise

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


FAKES = "on benign edits, not on real fakes"
BANDS = ("low", "mid", "high")
LARGE_CASE = (1_000, 104_852)


def kept_figures() -> Iterator[dict[str, Any]]:
    """Every set of figures that is kept in `docs/figures/`, by name."""
    for path in sorted((DOCS / "figures").glob("*.json")):
        yield json.loads(path.read_text(encoding="utf-8"))


def measured() -> Iterator[str]:
    """The table of every kept figure but recall by attack, or one line that says how to measure them."""
    kept = list(kept_figures())
    if not kept:
        yield "*No figures are kept in this checkout yet: `make campaign` measures them.*"
    for each in kept:
        yield f"**`takeback bench {each['bench']}`**, seed {each['seed']}, n {each['n']}, {each['cores']} cores"
        yield "\n| figure | value | unit | n | from | to |\n|---|---|---|---|---|---|"
        apart = set(attacks(each["figures"]))
        for peer, figures in {"": each["figures"], **each.get("peers", {})}.items():
            for name, figure in figures.items():
                if attack_of(name) not in apart:
                    yield _row(f"{peer}: {name}" if peer else name, figure)
        yield f"\n{each['note']}\n" if each.get("note") else ""


def _row(name: str, figure: Mapping[str, Any]) -> str:
    note = f" ({FAKES})" if "recall" in name else ""
    cells = (_cell(figure.get(key)) for key in ("value", "unit", "n", "low", "high"))
    return f"| `{name}`{note} | {' | '.join(cells)} |"


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


# --- recall by attack and strength ---


def attack_of(name: str) -> str:
    """The attack that a figure is about, as in `recall_crop_low`; empty for what sums attacks up, or is no recall."""
    stem = name.removeprefix("recall_")
    if stem == name or stem.split("_")[0] in {"all", "little"}:
        return ""
    for band in BANDS:
        stem = stem.removesuffix(f"_{band}")
    return stem


def attacks(figures: Mapping[str, Any]) -> list[str]:
    """The attacks that figures speak of, in their order."""
    return list(dict.fromkeys(filter(None, map(attack_of, figures))))


def recall(kept: Mapping[str, Any]) -> Iterator[str]:
    """A plot and a table of recall by attack and strength, from whatever a run of the bench kept."""
    figures, peers = kept.get("figures", {}), kept.get("peers", {})
    names = attacks(figures)
    if not names:
        yield "*Not measured in this checkout yet.*"
        return
    yield from summary(figures)
    yield "\n".join(plot(figures, names)) + "\n"
    beside = "".join(f" {peer} |" for peer in peers)
    yield f"| attack | recall {FAKES} | n | at least | mild | middling | hard |{beside}"
    yield "|---" * (7 + len(peers)) + "|"
    for name in names:
        whole = figures.get(f"recall_{name}", {})
        bands = (_share(figures.get(f"recall_{name}_{band}", {})) for band in BANDS)
        theirs = (_share(peers[peer].get(f"recall_{name}", {})) for peer in peers)
        cells = (f"`{name}`", _share(whole), _cell(whole.get("n")), _share(whole, "low"), *bands, *theirs)
        yield f"| {' | '.join(cells)} |"


def summary(figures: Mapping[str, Any]) -> Iterator[str]:
    """Recall over all attacks, and what became of the edits that were not found."""
    whole = figures.get("recall_all", {})
    if whole.get("value") is None:
        return
    yield f"Over all attacks recall is **{_share(whole)}** {FAKES} (at least {_share(whole, 'low')}, n {whole['n']})."
    missed = [f"{_share(each)} is the {each['unit']}" for name, each in figures.items() if name.startswith("missed_")]
    yield f"What became of the others: {'; '.join(missed)}.\n" if missed else ""


def _share(figure: Mapping[str, Any], key: str = "value") -> str:
    value = figure.get(key)
    return "" if value is None else f"{value:.3f}"


def plot(figures: Mapping[str, Any], names: Sequence[str]) -> Iterator[str]:
    """An SVG with a line for each attack: its exact interval, and a dot for each band of strength."""
    whole = [figures.get(f"recall_{name}", {}) for name in names]
    least = min((each["low"] for each in whole if each.get("low") is not None), default=0.0)
    start = int(least * 10) / 10

    def across(share: float) -> float:
        return 150 + 430 * max(0.0, (share - start) / (1 - start or 1))

    high = 16 * len(names) + 40
    yield "<div>"
    yield f'<svg viewBox="0 0 600 {high}" role="img" style="max-width: 100%" font-size="10" fill="currentColor">'
    yield f"<title>Recall {FAKES}, by attack and strength</title>"
    for tenth in range(round(start * 10), 11):
        x = across(tenth / 10)
        yield f'<line x1="{x:.1f}" x2="{x:.1f}" y1="20" y2="{high - 16}" stroke="currentColor" stroke-opacity="0.2"/>'
        yield f'<text x="{x:.1f}" y="14" text-anchor="middle">{tenth / 10:.1f}</text>'
    for number, (name, figure) in enumerate(zip(names, whole, strict=True)):
        y = 30 + 16 * number
        yield f'<text x="144" y="{y + 3}" text-anchor="end">{html.escape(name)}</text>'
        if figure.get("low") is not None:
            ends = f'x1="{across(figure["low"]):.1f}" x2="{across(figure["high"]):.1f}"'
            yield f'<line {ends} y1="{y}" y2="{y}" stroke="currentColor"/>'
        for band, opacity in zip(BANDS, (0.3, 0.6, 1), strict=True):
            value = figures.get(f"recall_{name}_{band}", {}).get("value")
            if value is not None:
                yield f'<circle cx="{across(value):.1f}" cy="{y}" r="3.5" fill-opacity="{opacity}"/>'
    yield f'<text x="150" y="{high - 4}">Recall {FAKES}. Line: 95 % interval. Dots: pale mild, dark hard.</text>'
    yield "</svg></div>"


# --- error rates ---


def rates() -> Iterator[str]:
    """The error rates that findings carry, as they ship with the program, and what was counted apart."""
    table = shipped()
    yield f"Measured on: {table.population}.\n"
    yield "| seen in | from score | photographs with a false finding | of | at most | false pairs | of pairs | model |"
    yield "|---" * 8 + "|"
    photographs, pictures = LARGE_CASE
    for evidence in Evidence:
        for row in table.findings[evidence.value].rows:
            rate = rate_at(table, evidence, row.least)
            cells = (evidence.value, f"{row.least:g}", f"{row.errors:,}", f"{rate.n:,}", f"{rate.high:.2%}")
            model = f"{rate.pairs_high * photographs * pictures:,.2f}"
            yield f"| {' | '.join(cells)} | {row.false_pairs:,} | {table.pairs:,} | {model} |"
    yield (
        "\nThe last column is a **model**: how many false findings at most would be expected among "
        f"{photographs:,} photographs and {pictures:,} pictures, if every pair erred alone and as often as the upper "
        "end for pairs allows. Pairs share photographs, so they do not err alone.\n"
    )
    yield "| counted apart | seen in | errors | n |\n|---|---|---|---|"
    for evidence in Evidence:
        seen = table.findings[evidence.value]
        for each in (seen.plain_pairs, seen.attacked_pairs, seen.series, seen.synthetic_pairs):
            yield _counted(each, evidence.value)
    yield _counted(table.hash_match, "hashes")
    yield from (_tail(table, evidence) for evidence in Evidence if table.findings[evidence.value].tail)


def _counted(counted: Counted, where: str) -> str:
    errors, n = (f"{counted.errors:,}", f"{counted.n:,}") if counted.n else ("not measured", "")
    return f"| {counted.unit} | {where} | {errors} | {n} |"


def _tail(table: Table, evidence: Evidence) -> str:
    tail = table.findings[evidence.value].tail
    assert tail is not None
    return (
        f"\n**Model**, not a count: {tail.n:,} comparisons with an unrelated photograph scored above {tail.over:g} in "
        f"{evidence.value}, by {tail.mean_excess:.3g} on average, whatever the examination then concluded. If scores "
        f"fall off exponentially, each further {tail.mean_excess * math.log(10):.3g} makes one ten times as rare.\n"
    )


BUILT = DOCS / "_build"
CAMPAIGN = DOCS / "figures" / "derivative.json"
derivatives = json.loads(CAMPAIGN.read_text(encoding="utf-8")) if CAMPAIGN.exists() else {}
BUILT.mkdir(exist_ok=True)
(BUILT / "figures.md").write_text("\n".join(measured()) + "\n", encoding="utf-8")
(BUILT / "recall.md").write_text("\n".join(recall(derivatives)) + "\n", encoding="utf-8")
(BUILT / "rates.md").write_text("\n".join(rates()) + "\n", encoding="utf-8")
