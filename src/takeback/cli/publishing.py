"""`takeback publish` and `takeback verify`."""

from __future__ import annotations

from pathlib import Path

import click

from takeback.cli.asking import case_passphrase
from takeback.cli.printing import CASE, JSON, tell
from takeback.errors import UsageError
from takeback.evidence.bundle import Bundle


@click.command()
@CASE
@click.option("--out", required=True, type=click.Path(path_type=Path), help="A new folder for the documents.")
@click.option("--public", is_flag=True, help="Only what may be shown to anyone.")
@click.option("--for", "recipient", metavar="RECIPIENT", help="An age recipient: adds what only they may read.")
@JSON
def publish(folder: Path, out: Path, recipient: str | None, *, public: bool, as_json: bool) -> None:
    """Write report, documents and evidence bundle; nothing is sent."""
    from takeback.jobs.case import Case
    from takeback.jobs.publish import publish as write
    from takeback.jobs.publish import publish_public

    if public and recipient:
        raise UsageError("--public and --for exclude each other: what anyone may see holds nothing sealed")
    with Case.open(folder, passphrase=case_passphrase(folder)) as case:
        made = publish_public(case, out) if public else write(case, out, recipient=recipient)
    head = made.bundle.head if made.bundle else None
    tell(
        {"out": str(out), "files": made.files, "head": head},
        [
            f"written: {out}: {', '.join(made.files)}",
            *_anchor(made.bundle),
        ],
        as_json=as_json,
    )


@click.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--signer", help="The public key (64 digits) that the sender gave you by another way.")
@click.option("--head", metavar="SEQ:HASH", help="A ledger entry that you were given earlier.")
@JSON
def verify(path: Path, signer: str | None, head: str | None, *, as_json: bool) -> int:
    """Check a bundle or a case at PATH; say what is wrong and where. No passphrase is needed."""
    from takeback.evidence.verify import verify_path

    checked = verify_path(path, expect_signer=signer, expect_head=_head(head))
    tell(
        {
            "ok": checked.ok,
            "outcome": checked.words,
            "checks": checked.checks,
            "head": checked.head,
            "signer": checked.signer,
        },
        [
            *(f"{'ok   ' if each.ok else 'WRONG'} {each.name}: {each.what} [{each.where}]" for each in checked.checks),
            checked.words,
        ],
        as_json=as_json,
    )
    return 0 if checked.ok else 1


def _anchor(bundle: Bundle | None) -> list[str]:
    """What a second person keeps: with it a bundle made anew, or a cut tail of the ledger, is found."""
    if bundle is None:
        return []
    seq, digest = bundle.head
    return [
        "give the next line to a second person: with it a bundle that was made anew, or a cut ledger, is found",
        f"takeback verify {bundle.path} --signer {bundle.key} --head {seq}:{digest}",
    ]


def _head(text: str | None) -> tuple[int, str] | None:
    if text is None:
        return None
    number, _, digest = text.partition(":")
    if not number.isdigit() or not digest:
        raise UsageError(f"--head is SEQ:HASH as `publish` prints it, not {text[:80]!r}")
    return int(number), digest
