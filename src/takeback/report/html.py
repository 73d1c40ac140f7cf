"""A document as one HTML file: no network, no script, one style sheet known by its digest."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from takeback.report.comparison import Comparison
from takeback.report.comparison_outline import comparison_document
from takeback.report.content import CaseReport, NetworkReport
from takeback.report.network_outline import network_document
from takeback.report.outline import case_document
from takeback.report.public_content import PublicReport
from takeback.report.public_outline import public_document
from takeback.report.words import typeset

if TYPE_CHECKING:
    from jinja2 import Template

    from takeback.report.blocks import Document


def render_html(report: CaseReport) -> str:
    """The report of a case as one self-contained file."""
    return document_html(case_document(report))


def render_network_html(report: NetworkReport) -> str:
    """The report of a network as one self-contained file."""
    return document_html(network_document(report))


def render_public_html(report: PublicReport) -> str:
    """The public report as one self-contained file."""
    return document_html(public_document(report))


def render_comparison_html(comparison: Comparison) -> str:
    """A comparison as one self-contained file."""
    return document_html(comparison_document(comparison))


def document_html(document: Document) -> str:
    """A document as one self-contained file; every text in it is escaped, only our own drawings are not."""
    style = (files("takeback.report") / "templates" / "report.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return _template().render(document=document, style=style, style_digest=digest)


@cache
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined

    source = (files("takeback.report") / "templates" / "report.html").read_text(encoding="utf-8")
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=_typeset
    )
    return environment.from_string(source)


def _typeset(value: object) -> object:
    return typeset(value) if type(value) is str else value
