"""`takeback exchange`: pull hashes from an exchange; see, and then send, what goes to it."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from takeback.cli.asking import case_passphrase, settings
from takeback.cli.printing import JSON, tell
from takeback.cli.progress import Progress
from takeback.errors import UsageError

if TYPE_CHECKING:
    from takeback.exchanges.account import Account
    from takeback.exchanges.export_guard import Guard
    from takeback.jobs.case import Case
    from takeback.model.exchange import Message

FILE = "exchanges.toml"
_SHOWN = 2000
CONFIG = click.option(
    "--config", type=click.Path(path_type=Path), default=Path(FILE), show_default=True, help="The file of the accounts."
)
BANKS = click.option("--banks", required=True, type=click.Path(path_type=Path), help="The folder of the banks.")
BY = click.option("--by", required=True, help="Who does this; the record keeps it.")


@click.group()
def exchange() -> None:
    """Pull hashes from an exchange, and show what would go to it; only `push --send` sends anything."""


@exchange.command("list")
@CONFIG
@click.option("--banks", type=click.Path(path_type=Path), help="The folder of the banks, to say how far each was read.")
@JSON
def list_accounts(config: Path, banks: Path | None, *, as_json: bool) -> None:
    """List the accounts in the file, and how far each was read; connects to nobody."""
    from takeback.exchanges.account import read_accounts
    from takeback.store.exchange_state import ExchangeState

    state = None if banks is None else ExchangeState(banks / "exchanges")
    rows = [
        {
            "name": each.name,
            "kind": each.kind,
            "bank": each.bank,
            "host": each.options.get("host", ""),
            "checkpoint": None if state is None else state.of(each.name),
        }
        for each in read_accounts(config)
    ]
    lines = [f"{row['name']}: {row['kind']} into bank {row['bank']} {row['host']}".rstrip() for row in rows]
    tell(rows, lines or [f"no account in {config}"], as_json=as_json)


@exchange.command()
@click.argument("name")
@CONFIG
@BANKS
@BY
@click.option("--from-start", is_flag=True, help="Read everything again; what is known is not doubled.")
@JSON
def pull(name: str, config: Path, banks: Path, by: str, *, from_start: bool, as_json: bool) -> int:
    """Take what the exchange NAME holds since the last time into its bank."""
    from takeback import plugins
    from takeback.jobs.bank_store import BankStore
    from takeback.jobs.exchanging import pull as take_in
    from takeback.store.exchange_state import ExchangeState

    account = _account(config, name)
    state = ExchangeState(banks / "exchanges")
    progress = Progress(quiet=settings().quiet)
    with BankStore.open(banks) as store:
        outcome = take_in(
            store, account, plugins.exchange(account), state, by=by, from_start=from_start, progress=progress
        )
    tell(outcome, outcome.lines(), as_json=as_json)
    return 1 if outcome.set_aside else 0


@exchange.command()
@click.argument("name")
@CONFIG
@BANKS
@BY
@click.option(
    "--case",
    "cases",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A case whose enrolled photographs no perceptual hash may come near. Again for each.",
)
@click.option("--no-enrolled", is_flag=True, help="No photographs are enrolled anywhere: nothing to hold against.")
@click.option("--opinions-of", multiple=True, help="A person whose opinions go out as feedback. Again for each.")
@click.option("--send", "now", is_flag=True, help="Send what is shown. Without it nothing leaves.")
@click.option("--whole", is_flag=True, help="Show every message to its end.")
@JSON
def push(  # noqa: PLR0913  # one argument an option
    name: str,
    config: Path,
    banks: Path,
    by: str,
    *,
    cases: tuple[Path, ...],
    no_enrolled: bool,
    opinions_of: tuple[str, ...],
    now: bool,
    whole: bool,
    as_json: bool,
) -> int:
    """Show what would go to the exchange NAME, to the letter; with --send, send it."""
    from takeback import plugins
    from takeback.jobs.bank_guard import record_export
    from takeback.jobs.bank_store import BankStore
    from takeback.jobs.exchanging import plan, send
    from takeback.store.exchange_state import ExchangeState

    if cases and no_enrolled:
        raise UsageError("say --case for each case, or --no-enrolled where there are none, not both")
    account = _account(config, name)
    spoken_to = plugins.exchange(account)
    state = ExchangeState(banks / "exchanges")
    with ExitStack() as opened:
        open_cases = [opened.enter_context(_case(folder)) for folder in cases]
        store = opened.enter_context(BankStore.open(banks, writable=False))
        guard = _guard(open_cases, no_enrolled=no_enrolled)
        planned = plan(store, account, spoken_to, guard, state, opinions_of=opinions_of)
        messages = planned.messages
        sent = 0
        if now and messages:
            record_export(open_cases, banks, to=name, entries=sum(len(each.entries) for each in messages))
            sent = send(account, spoken_to, messages, state, by=by)
    lines = [*planned.lines(), *(line for each in messages for line in _shown(each, whole=whole))]
    lines.append(f"sent: {sent} entries" if now else "nothing was sent (read the above; --send sends it)")
    said = {
        "looked_at": planned.looked_at,
        "already": planned.already,
        "withheld": planned.withheld,
        "kept": planned.kept,
        "messages": [{"target": each.target, "body": each.body.decode(), "entries": each.entries} for each in messages],
        "sent": sent,
    }
    tell(said, lines, as_json=as_json)
    return 1 if messages and not now else 0


def _account(config: Path, name: str) -> Account:
    """The account of that name; what its file of credentials does not hold is asked at the terminal."""
    from takeback.exchanges.account import read_accounts

    accounts = {each.name: each for each in read_accounts(config)}
    if name not in accounts:
        raise UsageError(f"no exchange is called {name!r} in {config} (there are: {', '.join(accounts) or 'none'})")
    return replace(accounts[name], ask=_ask if sys.stdin.isatty() else None)


def _ask(credential: str) -> str:
    answer = click.prompt(f"Credential {credential}", hide_input=True, err=True)
    assert isinstance(answer, str)
    return answer


def _case(folder: Path) -> Case:
    from takeback.jobs.case import Case

    return Case.open(folder, passphrase=case_passphrase(folder))


def _guard(cases: list[Case], *, no_enrolled: bool) -> Guard:
    """What holds back perceptual hashes that would block an enrolled photograph; unsaid, all of them."""
    from takeback.exchanges.export_guard import nothing_unchecked, unguarded
    from takeback.jobs.bank_guard import guard_of

    if cases:
        return guard_of(cases)
    return unguarded if no_enrolled else nothing_unchecked


def _shown(message: Message, *, whole: bool) -> list[str]:
    """A message as a person reads it before it leaves."""
    text = message.body.decode()
    head = f"{message.method} {message.target}: {len(message.entries)} entries, {len(message.body)} bytes"
    if whole or len(text) <= _SHOWN:
        return [head, text]
    return [head, f"{text[:_SHOWN]} ... and {len(text) - _SHOWN} characters more (--whole shows them)"]
