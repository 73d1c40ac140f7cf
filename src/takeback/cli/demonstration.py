"""`takeback demo`: the made-up case from start to finish."""

from __future__ import annotations

from pathlib import Path

import click

from takeback.cli.asking import settings
from takeback.cli.printing import JSON, tell
from takeback.cli.progress import Progress
from takeback.errors import UsageError


@click.command()
@click.option("--out", default="demo-out", show_default=True, type=click.Path(path_type=Path), help="A new folder.")
@click.option("--engine", help="Where work runs: serial or local.  [default: local]")
@click.option("--workers", type=click.IntRange(min=1), help="Worker processes.  [default: one a core]")
@click.option("--quiet", is_flag=True, default=None, help="No progress.")
@JSON
def demo(out: Path, engine: str | None, workers: int | None, *, quiet: bool | None, as_json: bool) -> int:
    """Run a made-up case from start to finish, and say what it made and where.

    Ordinary photographs, benign edits, made-up names. Ends with 0 only if everything planted was found and nothing
    else.
    """
    from takeback.demo.run import demonstrate
    from takeback.plugins import engine as engine_named

    if out.exists() and any(out.iterdir()):
        raise UsageError(f"there is something here already: {out} (choose another --out)")
    chosen = settings(engine=engine, workers=workers, quiet=quiet)
    made = demonstrate(
        out,
        engine=engine_named(chosen.engine, workers=chosen.worker_count),
        progress=Progress(quiet=chosen.quiet),
    )
    tell(
        made,
        [
            f"planted {made.planted}, found {made.found}",
            f"false findings {made.false_findings}, wrong conclusions {made.wrong_conclusions}",
            f"sealed unseen by the minors' gate: {made.sealed_minor_items} of {made.sealed_planted} planted",
            f"posts {made.posts}, letters {made.notices}, deadlines {made.deadlines}",
            f"bundle {'consistent since intake' if made.bundle_verified else 'DOES NOT VERIFY'}",
            f"report: {out / 'report' / 'report.html'}",
            f"letters: {out / 'letters'}; bundle: {out / 'report' / 'bundle'}",
            f"{made.seconds:.1f} s, of which {made.compilation_seconds:.1f} s compiling kernels",
            "as planted" if made.as_planted else "NOT as planted: please report it",
        ],
        as_json=as_json,
    )
    return 0 if made.as_planted else 1
