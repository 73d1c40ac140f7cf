"""`takeback collect`: what a public channel says, for somebody who may lawfully read it; never a file."""

from __future__ import annotations

from pathlib import Path

import click

from takeback.cli.asking import settings
from takeback.cli.printing import JSON, tell
from takeback.cli.progress import Progress


@click.command()
@click.argument("channel")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The folder to write to.")
@click.option(
    "--session", required=True, type=click.Path(path_type=Path), help="A TOML file with api_id, api_hash and session."
)
@click.option(
    "--may-lawfully-read", "reason", required=True, help="Why you may read this channel; kept in what is written."
)
@click.option("--quiet", is_flag=True, default=None, help="No progress.")
@JSON
def collect(channel: str, out: Path, session: Path, reason: str, *, quiet: bool | None, as_json: bool) -> int:
    """Append what CHANNEL says to a file that `takeback census` reads: texts, counts, members. No file is fetched.

    Telegram sees who asks. Waits that it asks for are kept; run again, it goes on after the last post.
    """
    import time
    from datetime import UTC, datetime

    from takeback.jobs.collect import collect as run
    from takeback.sources.live_telegram import connected

    with connected(session) as reader:
        made = run(
            channel,
            out,
            reader=reader,
            may_lawfully_read=reason,
            clock=lambda: datetime.now(tz=UTC),
            wait=time.sleep,
            progress=Progress(quiet=settings(quiet=quiet).quiet),
        )
    members = "not told" if made.members is None else f"{made.members:,}"
    lines = [f"new posts {made.posts:,}, members {members}", f"waited {made.waited:.0f} s for Telegram", str(made.path)]
    tell(made, lines, as_json=as_json)
    return 0
