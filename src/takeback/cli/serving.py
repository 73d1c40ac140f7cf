"""The service of `takeback bank`: running it, its tokens, its audit trail."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from takeback.cli.bank_acts import FOLDER
from takeback.cli.printing import JSON, tell
from takeback.errors import UsageError

if TYPE_CHECKING:
    from takeback.web.audit import Entry

_SCOPES = ("audit", "curate", "distance", "exchanges", "hash", "lookup")
_UPLOADS = ("off", "stated", "asserted")
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@FOLDER
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Where to listen; away from loopback it needs TLS."
)
@click.option("--port", type=click.IntRange(0, 65535), default=8701, show_default=True, help="The port to listen at.")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="How many processes answer.")
@click.option(
    "--rate", type=click.FloatRange(min=0, min_open=True), help="Look-ups a second for a token without its own."
)
@click.option(
    "--uploads",
    type=click.Choice(_UPLOADS),
    default="off",
    show_default=True,
    help="Pictures: not taken; taken if the request states under_18=no; or taken on your own assertion.",
)
@click.option(
    "--fetch-from", "hosts", multiple=True, metavar="HOST", help="Fetch URLs of this host; '*' is any; repeat."
)
@click.option("--tls-cert", type=_FILE, help="The certificate of the service.")
@click.option("--tls-key", type=_FILE, help="The key of the certificate.")
@click.option("--behind-proxy", is_flag=True, help="Say that a proxy in front of the service ends TLS.")
def serve(  # noqa: PLR0913  # one argument an option
    folder: Path,
    *,
    host: str,
    port: int,
    workers: int,
    rate: float | None,
    uploads: str,
    hosts: tuple[str, ...],
    tls_cert: Path | None,
    tls_key: Path | None,
    behind_proxy: bool,
) -> None:
    """Answer look-ups in the banks of DIR over HTTP, for whoever has a token.

    With --uploads asserted you say, for every picture that comes without a word about it, that nothing suggests that it
    shows somebody under 18; what is marked as doubtful is refused unopened all the same.
    """
    try:
        from takeback.web.serve import Listening, check
        from takeback.web.serve import serve as run
    except ImportError as error:
        raise UsageError("the service is an optional part: pip install 'takeback[serve]'") from error
    from takeback.web.fetch import FetchRules
    from takeback.web.rules import RATE, Rules
    from takeback.web.uploads import UploadRule

    rules = Rules(
        banks=folder,
        workers=workers,
        rate=RATE if rate is None else rate,
        uploads=UploadRule(uploads),
        fetch=FetchRules(hosts=hosts),
    )
    listening = Listening(host=host, port=port, certificate=tls_cert, key=tls_key, behind_proxy=behind_proxy)
    check(rules, listening)
    run(rules, listening, told=lambda where: click.echo(f"listening: {where}", err=True))


@click.group()
def token() -> None:
    """Make, list and revoke the tokens of the service."""


@token.command()
@FOLDER
@click.option("--name", required=True, help="Whose token this is; the trail says its id.")
@click.option(
    "--scope", "scopes", multiple=True, required=True, type=click.Choice(_SCOPES), help="What it may do; repeat."
)
@click.option("--expires", type=click.DateTime(["%Y-%m-%d"]), help="The day (UTC) from which on it is no longer valid.")
@click.option(
    "--rate", type=click.FloatRange(min=0, min_open=True), help="Look-ups a second, in place of the service's."
)
@JSON
def new(
    folder: Path, *, name: str, scopes: tuple[str, ...], expires: datetime | None, rate: float | None, as_json: bool
) -> None:
    """Make a token and print it, this one time.

    lookup: look up hashes. distance: see how far a hit is, which tells an evader how far to go. hash: have pictures
    hashed. curate: change banks and see their hashes. audit: read the trail. exchanges: see exchanges.
    """
    from takeback.web.tokens import Scope, Tokens

    _there_are_banks(folder)
    until = None if expires is None else expires.replace(tzinfo=UTC)
    made, text = Tokens(folder).new(name, [Scope(each) for each in scopes], expires=until, rate=rate)
    tell(
        {"id": made.id, "name": made.name, "scopes": made.scopes, "token": text},
        [text, f"id {made.id}, {', '.join(made.scopes)}; it is shown this once and kept as a digest"],
        as_json=as_json,
    )


@token.command("list")
@FOLDER
@JSON
def list_tokens(folder: Path, *, as_json: bool) -> None:
    """Say which tokens there are, never their secrets."""
    from takeback.web.tokens import Tokens

    _there_are_banks(folder)
    now = datetime.now(tz=UTC)
    tokens = list(Tokens(folder))
    found = [
        {
            "id": each.id,
            "name": each.name,
            "scopes": each.scopes,
            "state": each.state(now),
            "created": each.created,
            "expires": each.expires,
            "revoked": each.revoked,
            "rate": each.rate,
        }
        for each in tokens
    ]
    lines = [f"{each.id} {each.state(now)} {','.join(each.scopes)} {each.name}" for each in tokens]
    tell(found, lines or ["no tokens yet (`takeback bank token new` makes one)"], as_json=as_json)


@token.command()
@FOLDER
@click.argument("id", metavar="ID")
@JSON
def revoke(folder: Path, id: str, *, as_json: bool) -> None:
    """End a token for good; a running service knows within a second."""
    from takeback.web.tokens import Tokens

    _there_are_banks(folder)
    ended = Tokens(folder).revoke(id)
    tell({"id": ended.id, "revoked": ended.revoked}, [f"revoked: {ended.id} ({ended.name})"], as_json=as_json)


@click.command()
@FOLDER
@click.option("--hash", "about", metavar="HEX", help="Only what was asked about this hash.")
@click.option("--token", "by", metavar="ID", help="Only what this token asked.")
@click.option(
    "--limit", type=click.IntRange(1, 100_000), default=100, show_default=True, help="At most so many, the newest."
)
@JSON
def trail(folder: Path, *, about: str | None, by: str | None, limit: int, as_json: bool) -> int:
    """Print the audit trail of the service, the newest entry first, and check that no line was changed or cut.

    Hashes lie there as keyed digests: give one to see who asked about it.
    """
    from takeback.web.audit import audit_key, breaks, digest_of, newest

    _there_are_banks(folder)
    digest = None if about is None else digest_of(about, audit_key(folder))
    entries = newest(
        folder,
        lambda entry: (by is None or entry.by == by) and (digest is None or digest in entry.subjects),
        limit=limit,
    )
    broken = breaks(folder)
    lines = [*map(_line, entries), *(f"changed or cut: {each}" for each in broken)]
    tell({"entries": entries, "broken": broken}, lines or ["nothing was asked yet"], as_json=as_json)
    return 1 if broken else 0


def _line(entry: Entry) -> str:
    """An entry of the trail for people."""
    hits = f"; hits {', '.join(map(str, entry.hits))}" if entry.hits else ""
    said = f"{entry.time:%Y-%m-%d %H:%M:%S} {entry.by or '-'} {entry.act} {entry.status} {entry.reason}".rstrip()
    return f"{said}{hits}{'; distances' if entry.distances else ''}"


def _there_are_banks(folder: Path) -> None:
    """A BankError where the folder holds no banks."""
    from takeback.cli.bank_acts import opened

    opened(folder, writable=False).close()


COMMANDS = (serve, token, trail)
