"""Every extension point on one page: Source, Hasher, Detector, Exchange, Recipient, Engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from takeback.model.channel import Audience, Channel, Damage, Post
    from takeback.model.exchange import Message, Outgoing, Prepared
    from takeback.model.media import Place
    from takeback.model.notice import Notice
    from takeback.model.notice import Recipient as Addressee
    from takeback.model.original import Original
    from takeback.model.signal import Features, Signal

In = TypeVar("In")
Out = TypeVar("Out")
In_contra = TypeVar("In_contra", contravariant=True)
Out_co = TypeVar("Out_co", covariant=True)


# --- sources: what an investigator lawfully holds -------------------------------------------------------------------


class Reader(Protocol):
    """An opened source.

    Iterating posts yields them in the order of the source, with `Damage` in the place of what could not be read; every
    file that a post names has been read once and is known by its SHA-256 and place. Nothing is decoded or rendered.
    """

    @property
    def id(self) -> str:
        """Derived from the content's own identity, not from where it lies."""
        ...

    def channels(self) -> tuple[Channel, ...]:
        """The channels of the source."""
        ...

    def posts(self) -> Iterator[Post | Damage]:
        """Each post, or the damage in its place."""
        ...

    def read(self, place: Place) -> bytes:
        """The bytes at a place, as they are now; the caller compares their digest."""
        ...


@runtime_checkable
class CountsAudiences(Protocol):
    """What an opened source may have besides: member counts that stand in it, each with its instant and its source."""

    def audiences(self) -> tuple[Audience, ...]:
        """The member counts of the source."""
        ...


@runtime_checkable
class ColumnReader(Protocol):
    """A reader that also gives its posts as columns (`takeback.tables.posts`), for sources of many millions."""

    def batches(self) -> Iterator[pa.RecordBatch | Damage]:
        """The same posts as `Reader.posts`, in the same order, and the damage."""
        ...


@runtime_checkable
class Source(Protocol):
    """A kind of source. Registered in the entry-point group ``takeback.sources``."""

    name: str

    def recognises(self, path: Path) -> bool:
        """Whether this kind reads what lies at ``path``; looks at names and first bytes only."""
        ...

    def open(self, path: Path) -> Reader:
        """The opened source, or a `SourceError` that says what, where, and the way out."""
        ...


# --- signals --------------------------------------------------------------------------------------------------------


@runtime_checkable
class Hasher(Protocol):
    """Pixels to a perceptual hash. Registered in ``takeback.hashers``."""

    name: str
    version: str

    def hash_pixels(self, pixels: npt.NDArray[np.uint8]) -> Signal:
        """The signal of an RGB picture (H, W, 3)."""
        ...


@runtime_checkable
class Detector(Protocol):
    """Which originals a picture may have been made from. Registered in ``takeback.detectors``."""

    name: str
    version: str

    def enrol(self, originals: Iterable[Original]) -> None:
        """Make these originals findable."""
        ...

    def candidates(self, features: Features, signal: Signal | None) -> tuple[str, ...]:
        """The ids of originals worth an examination, best first."""
        ...


# --- hand-over ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Out_co]):
    """A part of what an exchange holds, in its order: ``items`` are records, and what had to be set aside of them.

    ``checkpoint`` is where to go on once this page is kept; None where there is no safe place to go on from yet.
    """

    items: tuple[Out_co, ...]
    checkpoint: str | None


class Checkpoints(Protocol):
    """Where the caller keeps how far an exchange was read."""

    def of(self, exchange: str) -> str | None:
        """The last checkpoint that was kept, if any."""
        ...

    def keep(self, exchange: str, checkpoint: str) -> None:
        """Keep a checkpoint, once everything before it is kept."""
        ...


@runtime_checkable
class Exchange(Protocol[Out_co]):
    """A hash exchange. Registered in ``takeback.exchanges``. Made from an account, it connects only when it is asked.

    Never given the hash of an ordinary photograph: what goes out is `Outgoing`, which holds a `HarmHash`. ``whole``
    says whether a message replaces what was sent before, so that everything goes out each time.
    """

    name: str
    whole: bool

    def pull(self, checkpoint: str | None) -> Iterator[Page[Out_co]]:
        """What the exchange holds since the checkpoint, page by page; an ExchangeError where it cannot be read."""
        ...

    def prepare(self, outgoing: Sequence[Outgoing]) -> Prepared:
        """The messages that would say this, and what cannot be said with its reason; connects to nobody."""
        ...

    def send(self, message: Message) -> None:
        """Send one message; called only after a person has asked for it."""
        ...


@runtime_checkable
class Recipient(Protocol):
    """Who can be reached with a notice, and how. Registered in ``takeback.recipients``."""

    name: str

    def addressees(self, host: str) -> tuple[Addressee, ...]:
        """The ways to reach whoever hosts this locator."""
        ...

    def locator(self, username: str, post: int) -> str:
        """What the recipient can open."""
        ...

    def cover(self, notice: Notice) -> str:
        """The words that go before the elements."""
        ...


# --- engines: where work runs ---------------------------------------------------------------------------------------


class Secrets(Mapping[str, bytes]):
    """Keys for a stage. They reach workers through a pipe, and are never part of a part, an argument or a repr."""

    __slots__ = ("_keys",)

    def __init__(self, keys: Mapping[str, bytes] | None = None) -> None:
        self._keys = dict(keys or {})

    def __getitem__(self, name: str) -> bytes:
        return self._keys[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)

    def __repr__(self) -> str:
        return f"Secrets({', '.join(sorted(self._keys))})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome(Generic[In, Out]):
    """What became of a part: a value, or an error that says why there is none."""

    part: In
    value: Out | None
    error: str | None


class Stage(Protocol[In_contra, Out_co]):
    """A step of the main job: a frozen, picklable value that is called with a part.

    ``name``, ``version`` and ``parameters`` key its results: change one and the stage runs again.
    """

    @property
    def name(self) -> str:
        """The stage's name."""
        ...

    @property
    def version(self) -> str:
        """Changes when the stage's results may change."""
        ...

    @property
    def parameters(self) -> str:
        """Everything else that its results depend on, in canonical text."""
        ...

    def __call__(self, part: In_contra, secrets: Secrets) -> Out_co:
        """The result for one part."""
        ...


@runtime_checkable
class Engine(Protocol):
    """Where work runs. Registered in ``takeback.engines``.

    ``map`` yields one outcome per part, in the order of the parts, reads parts lazily, and survives a part that raises
    or that kills its worker: that part's outcome carries the error and the rest goes on.
    """

    name: str

    def map(
        self, stage: Callable[[In, Secrets], Out], parts: Iterable[In], *, secrets: Secrets
    ) -> Iterator[Outcome[In, Out]]:
        """One outcome per part, in order."""
        ...
