"""Every error that takeback raises on purpose.

TakebackError                    anything below; its message says what, where, and the way out
├── UsageError                   the command line or an argument is wrong (exit 2)
├── UnusableInput                the input cannot be used at all (exit 3)
│   ├── ExchangeError            an exchange cannot be reached, refuses, or answers what it should not
│   ├── SourceError              an export, folder or archive that cannot be read
│   ├── PackError                a protection pack that is damaged, foreign or of a newer version
│   ├── ConsentError             a consent that is unsigned, changed, expired or over a cap
│   ├── CaseError                a case that is locked, foreign, or of a newer version
│   │   └── WrongPassphrase
│   ├── BankError                a folder of hash banks that is busy, damaged, foreign, or of another version
│   ├── StorageFull              the disk ran out; nothing is half-written
│   ├── HashIndexError           an index of hashes that is damaged, foreign, of another version or not writable
│   │   ├── IndexBusy            another process writes to it or merges it, and did not end in time
│   │   ├── IndexDamaged         a part of it is unusable; an answer would lack what that part holds
│   │   └── IndexUnreadable      the machine would not let it be read at this moment; its files may be whole
│   └── RegimeError              a regime file that does not say what it must
├── Refused                      one item that is not taken; the rest goes on (exit 1)
│   ├── DecodeRefused            a picture that the decoder will not open, with its typed reason
│   ├── PhotographRefused        a photograph that cannot serve, or must not
│   ├── MediaChanged             a file whose bytes are no longer those of the intake
│   ├── CapReached               more photographs or persons than the case allows
│   ├── ElementMissing           a notice without an element that its regime requires
│   └── HashRefused              a hash that a bank does not take, with its typed reason
├── HarmRule                     a rule of `docs/architecture.md` stands in the way; there is no override
└── VerificationFailed           evidence that does not verify; says what is wrong and where
"""

from __future__ import annotations


class TakebackError(Exception):
    """The root of every error that takeback raises on purpose."""


class UsageError(TakebackError):
    """The command line or an argument is wrong."""


class UnusableInput(TakebackError):
    """The input cannot be used at all."""


class ExchangeError(UnusableInput):
    """An exchange cannot be reached, refuses, or answers what it should not."""


class SourceError(UnusableInput):
    """An export, folder or archive cannot be read."""


class PackError(UnusableInput):
    """A protection pack is damaged, foreign or of a newer version."""


class ConsentError(UnusableInput):
    """A consent is unsigned, changed, expired or over a cap."""


class CaseError(UnusableInput):
    """A case is locked, foreign or of a newer version."""


class WrongPassphrase(CaseError):
    """The passphrase does not open this case or key file."""


class BankError(UnusableInput):
    """A folder of hash banks is busy, damaged, foreign, or of another version."""


class StorageFull(UnusableInput):
    """The disk ran out of space; nothing is half-written."""


class HashIndexError(UnusableInput):
    """An index of hashes is damaged, foreign, of another version or not writable."""


class IndexBusy(HashIndexError):
    """Another process writes to the index or merges it, and did not end in time."""


class IndexDamaged(HashIndexError):
    """A part of the index is unusable; an answer would lack what that part holds."""


class IndexUnreadable(HashIndexError):
    """The machine would not let the index be read at this moment; its files may be whole."""


class RegimeError(UnusableInput):
    """A regime file does not say what it must."""


class Refused(TakebackError):
    """One item is not taken; the rest goes on."""


class DecodeRefused(Refused):
    """The decoder will not open this picture.

    ``reason`` is a `takeback.model.media.DecodeReason` value as text.
    """

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class PhotographRefused(Refused):
    """A photograph cannot serve, or must not."""


class MediaChanged(Refused):
    """A file's bytes are no longer those of the intake."""


class CapReached(Refused):
    """More photographs or persons than the case allows."""


class ElementMissing(Refused):
    """A notice lacks an element that its regime requires.

    ``missing`` holds the canonical names of the elements.
    """

    def __init__(self, message: str, *, missing: tuple[str, ...]) -> None:
        super().__init__(message)
        self.missing = missing


class HashRefused(Refused):
    """A hash that a bank does not take.

    ``reason`` is a `takeback.model.bank.HashFault` value as text.
    """

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class HarmRule(TakebackError):
    """A harm rule stands in the way; there is no override."""


class VerificationFailed(TakebackError):
    """Evidence does not verify; the message says what is wrong and where."""
