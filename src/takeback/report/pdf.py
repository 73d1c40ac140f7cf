"""A document as a PDF that keeps (PDF/A), that a screen reader can read (PDF/UA), and that is the same each time."""

from __future__ import annotations

from importlib.resources import as_file, files
from typing import TYPE_CHECKING

import msgspec

from takeback.fonts.glyphs import covered_by, printable
from takeback.report.comparison import Comparison
from takeback.report.comparison_outline import comparison_document
from takeback.report.content import CaseReport, NetworkReport
from takeback.report.network_outline import network_document
from takeback.report.outline import case_document
from takeback.report.public_content import PublicReport
from takeback.report.public_outline import public_document
from takeback.report.words import typeset

if TYPE_CHECKING:
    from takeback.report.blocks import Document


def render_pdf(report: CaseReport) -> bytes:
    """The report of a case as a PDF, with the time of its last ledger entry."""
    return document_pdf(case_document(report))


def render_network_pdf(report: NetworkReport) -> bytes:
    """The report of a network as a PDF, with the time of its last ledger entry."""
    return document_pdf(network_document(report))


def render_public_pdf(report: PublicReport) -> bytes:
    """The public report as a PDF, with the first instant of its month."""
    return document_pdf(public_document(report))


def render_comparison_pdf(comparison: Comparison) -> bytes:
    """A comparison as a PDF, with the time of the last ledger entry of both."""
    return document_pdf(comparison_document(comparison))


def document_pdf(document: Document) -> bytes:
    """A document as a PDF; its texts reach the typesetter as data, never as markup."""
    import typst

    folder = files("takeback.report") / "templates"
    with as_file(files("takeback") / "fonts") as shipped:
        content = msgspec.json.encode(_set(msgspec.to_builtins(document), covered_by(shipped))).decode()
        fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(shipped)])
        return typst.compile(
            (folder / "report.typ").read_bytes(),
            format="pdf",
            font_paths=fonts,
            ignore_system_fonts=True,
            sys_inputs={"document": content},
            pdf_standards=["a-2a", "ua-1"],
            timestamp=int(document.made.timestamp()),
        )


def _set(value: object, covered: frozenset[int]) -> object:
    """The same document with every text set for print: characters that the fonts lack are written as [U+XXXX]."""
    if isinstance(value, str):
        return value if value.startswith("<svg ") else printable(typeset(value), covered)
    if isinstance(value, dict):
        return {key: _set(each, covered) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_set(each, covered) for each in value]
    return value
