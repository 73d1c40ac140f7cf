"""Makes docs/images/report.png: the top of a report, as a browser shows it.

Usage: python scripts/readme_picture.py [REPORT.html]

Without an argument it pictures the made-up case of the tests; with one, for example demo-out/report.html, that page.
Needs Chromium (`chromium`, `chromium-browser` or `google-chrome` on the path). The page needs no network.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "images" / "report.png"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
WIDTH, HEIGHT = 960, 1740
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)


def made_up_page(folder: Path) -> Path:
    """The report of the made-up case, written into a folder."""
    sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]
    from report.made_up import case_report
    from takeback.report.html import render_html

    page = folder / "report.html"
    page.write_text(render_html(case_report()), encoding="utf-8")
    return page


def photograph(page: Path, profile: Path) -> None:
    """Let a headless browser picture the page."""
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        sys.exit(f"no browser found: install one of {', '.join(BROWSERS)}")
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    command = [
        browser,
        *FLAGS,
        f"--user-data-dir={profile}",
        f"--window-size={WIDTH},{HEIGHT}",
        f"--screenshot={PICTURE}",
        page.resolve().as_uri(),
    ]
    subprocess.run(command, check=True, timeout=120, capture_output=True)  # noqa: S603  # a fixed command and our own page


def main() -> None:
    """Make the picture."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        page = Path(sys.argv[1]) if len(sys.argv) > 1 else made_up_page(folder)
        photograph(page, folder / "profile")
    print(PICTURE)


if __name__ == "__main__":
    main()
