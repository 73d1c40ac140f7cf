"""The command `takeback`: commands load when they are called, errors end in one line and an exit code."""

from __future__ import annotations

import importlib
import os
import sys

import click

from takeback import __version__
from takeback.errors import HarmRule, Refused, TakebackError, UnusableInput, UsageError, VerificationFailed

EXIT_DONE = 0
EXIT_NEEDS_A_PERSON = 1
EXIT_USAGE = 2
EXIT_UNUSABLE = 3
EXIT_OURS = 70
EXIT_INTERRUPTED = 130

COMMANDS = {
    "bank": ("takeback.cli.banks:bank", "Keep hash banks: add, withdraw, search, import, export, review."),
    "bench": ("takeback.cli.figures:bench", "Measure something next to a peer and print the figures."),
    "case": ("takeback.cli.cases:case", "Make a case, see what it holds, raise a cap, look at an original."),
    "census": ("takeback.cli.investigations:census", "Measure the network alone; no pack is needed."),
    "collect": ("takeback.cli.collecting:collect", "Read a channel that you may lawfully read; never a file."),
    "compare": ("takeback.cli.comparing:compare", "Set two windows of a case, or two cases, side by side."),
    "confirm": ("takeback.cli.people:confirm", "Confirm a finding and state what the picture shows, by name."),
    "consent": ("takeback.cli.consents:consent", "Write, sign, countersign and check a consent."),
    "demo": ("takeback.cli.demonstration:demo", "Run a made-up case from start to finish."),
    "doctor": ("takeback.cli.doctoring:doctor", "Say what is installed, and what is missing."),
    "enrol": ("takeback.cli.consents:enrol", "Make a protection pack from ordinary photographs."),
    "exchange": ("takeback.cli.exchanging:exchange", "Pull hashes from an exchange; show and send what goes to it."),
    "forget": ("takeback.cli.people:forget", "Forget a person or the whole case, by destroying keys."),
    "investigate": ("takeback.cli.investigations:investigate", "Find media made from enrolled photographs."),
    "key": ("takeback.cli.keys:key", "Make a signing key for a person, or show its public line."),
    "notices": ("takeback.cli.letters:notices", "Ask, answer, prepare and record takedown notices."),
    "publish": ("takeback.cli.publishing:publish", "Write report, documents and evidence bundle."),
    "release": ("takeback.cli.people:release", "Let locators out of the seal, by the second key."),
    "seal": ("takeback.cli.people:seal", "Seal an item that may show a minor, at once."),
    "simulate": ("takeback.cli.simulating:simulate", "Write a made-up network of a given shape, and its truth."),
    "verify": ("takeback.cli.publishing:verify", "Check a bundle or a case; say what is wrong and where."),
}


class LazyGroup(click.Group):
    """A group that imports a command when it runs, so that `--help` stays light."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """The names of the commands, sorted."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # as above
        """The command of that name."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        found = getattr(importlib.import_module(module), attribute)
        assert isinstance(found, click.Command)
        return found

    def invoke(self, ctx: click.Context) -> object:
        """What the command returns; an interruption ends it without click's empty line."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            raise click.Abort from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, from the table alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(ctx)])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="takeback")
def cli() -> None:
    """Find what was made from somebody's ordinary photographs, and show what was altered.

    takeback matches photographs, never faces. It downloads no media, and sends nothing by itself. Try `takeback demo`
    first.
    """


def main() -> None:
    """Run the command line and leave with its exit code (docs/reference/exit-codes.md)."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # small products gain nothing from threads that fight for cores
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")  # gives back what is no longer used
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """The exit code of one command line; errors are one line on standard error."""
    try:
        result = cli.main(args=arguments, prog_name="takeback", standalone_mode=False)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  # the last door: no error ends in a traceback
        if isinstance(error, UnicodeEncodeError) and not all(map(_is_text, arguments)):
            return _say("an argument is no text (write it in UTF-8)", EXIT_USAGE)
        return _ended(error)
    return result if isinstance(result, int) else EXIT_DONE


def _is_text(argument: str) -> bool:
    """Whether it came in as UTF-8; a path need not, what is kept of a name or a reason must."""
    return not any("\ud800" <= each <= "\udfff" for each in argument)


def _ended(error: BaseException) -> int:  # one return a kind of ending is the plainest table
    match error:
        case click.exceptions.Exit():
            return error.exit_code
        case click.Abort() | KeyboardInterrupt():
            return _say("interrupted; run the same command again to resume", EXIT_INTERRUPTED)
        case click.ClickException():
            error.show()
            return EXIT_USAGE
        case TakebackError():
            return _say(str(error), code_of(error))
        case OSError():
            return _say(_os_message(error), EXIT_UNUSABLE)
        case _:
            return _ours(error)


def code_of(error: TakebackError) -> int:
    """The exit code for an error that takeback raised on purpose."""
    if isinstance(error, UsageError):
        return EXIT_USAGE
    if isinstance(error, UnusableInput):
        return EXIT_UNUSABLE
    if isinstance(error, (Refused, HarmRule, VerificationFailed)):
        return EXIT_NEEDS_A_PERSON
    return EXIT_OURS


def _say(message: str, code: int) -> int:
    click.echo(f"takeback: {message}", err=True)
    return code


def _os_message(error: OSError) -> str:
    where = f": {error.filename}" if error.filename else ""
    return f"{error.strerror or error}{where} (nothing is half-written; mend it and run the command again)"


def _ours(error: BaseException) -> int:
    if os.environ.get("TAKEBACK_TRACEBACK"):
        import traceback

        traceback.print_exception(error)
    return _say(
        f"an error of ours, not yours: {type(error).__name__}: {error} (set TAKEBACK_TRACEBACK=1 to see where; "
        "please report it without any personal data)",
        EXIT_OURS,
    )
