"""What every plot is drawn with: ink, hatches, bars, lines, words. No text in it acts, and no colour means anything."""

from __future__ import annotations

from xml.sax.saxutils import escape

from takeback.report.words import visible

WIDTH = 440.0
INK = "#1d2b38"
SOLID = f'class="mid" fill="#8798a5" stroke="{INK}" stroke-width="0.6"'
OUTLINE = f'class="ink-line" fill="none" stroke="{INK}"'
DASHED = f'{OUTLINE} stroke-dasharray="4 3"'


def opening(height: float, name: str, title: str, words: str) -> str:
    """The beginning of a drawing that is one image to a screen reader, with its title and its words."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:.0f} {height:.0f}" role="img" '
        f'aria-labelledby="{name}-title {name}-desc" font-family="Noto Sans, sans-serif" font-size="13">'
        f'<title id="{name}-title">{escape(visible(title))}</title>'
        f'<desc id="{name}-desc">{escape(visible(words))}</desc>'
    )


def hatch(name: str) -> str:
    """The hatch of one drawing."""
    return (
        f'<defs><pattern id="{name}-hatch" width="6" height="6" patternUnits="userSpaceOnUse">'
        f'<path class="ink-line" d="M-1.5,1.5 L1.5,-1.5 M0,6 L6,0 M4.5,7.5 L7.5,4.5" stroke="{INK}" '
        f'stroke-width="1.2" fill="none"/>'
        "</pattern></defs>"
    )


def hatched(name: str) -> str:
    """The look of what is hatched."""
    return f'fill="url(#{name}-hatch)"'


def bar(x: float, y: float, width: float, height: float, look: str) -> str:
    """A rectangle; one of no size is drawn as nothing."""
    return f'<rect x="{x:.2f}" y="{y:.2f}" width="{max(0.0, width):.2f}" height="{max(0.0, height):.2f}" {look}/>'


def line(x1: float, y1: float, x2: float, y2: float, *, hair: bool = False) -> str:
    """A line in ink, or a hair line that only guides."""
    look = (
        'class="hair-line" stroke="#9aa7b0" stroke-width="0.7"'
        if hair
        else f'class="ink-line" stroke="{INK}" stroke-width="1.6"'
    )
    return f'<line x1="{x1:.2f}" y1="{y1:.2f}" x2="{x2:.2f}" y2="{y2:.2f}" {look}/>'


def whisker(low: float, high: float, y: float) -> str:
    """An interval: a line from its lower to its upper end, each end marked."""
    return line(low, y, high, y) + line(low, y - 5, low, y + 5) + line(high, y - 5, high, y + 5)


def label(x: float, y: float, text: str, *, anchor: str = "start", size: int = 13) -> str:
    """Words at a place."""
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}"'
    return f'<text class="ink-fill" {place} fill="{INK}">{escape(visible(text))}</text>'


def shortened(text: str, longest: int) -> str:
    """The text as it is shown, cut to a length that fits."""
    shown = visible(text)
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"
