"""`python -m takeback.bench.attacks PHOTO --out SHEET.png`: a contact sheet of every attack on one photograph."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from takeback.bench.attacks.contact_sheet import contact_sheet
from takeback.bench.attacks.state import Pixels
from takeback.bench.photographs import pixels_of
from takeback.errors import TakebackError, UnusableInput
from takeback.signals.decode import Decoder
from takeback.simulate.collection import load_photographs

_LONG_SIDE = 1024


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code after writing the sheet; whoever names a photograph says that nobody in it was under 18."""
    parser = argparse.ArgumentParser(prog="python -m takeback.bench.attacks", description=__doc__)
    parser.add_argument("photo", type=Path, help="the photograph to attack, of nobody under 18")
    parser.add_argument("--donor", type=Path, help="another photograph, which lends texture (else a shipped one)")
    parser.add_argument("--out", type=Path, required=True, help="where the sheet is written to, as PNG or JPEG")
    parser.add_argument("--seed", type=int, default=2020, help="what randomness starts from (%(default)s)")
    given = parser.parse_args(arguments)
    try:
        with Decoder() as decoder:
            photograph = _opened(given.photo, decoder)
            donor = load_photographs()[0].pixels() if given.donor is None else _opened(given.donor, decoder)
        _written(contact_sheet(photograph, donor, seed=given.seed), given.out)
    except (TakebackError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _opened(path: Path, decoder: Decoder) -> Pixels:
    pixels = pixels_of(path, decoder, long_side=_LONG_SIDE)
    if pixels is None:
        raise UnusableInput(f"cannot be opened as a photograph: {path} (choose a JPEG, PNG or WebP file)")
    return pixels


def _written(sheet: Pixels, path: Path) -> None:
    from PIL import Image

    Image.fromarray(sheet).save(path)


if __name__ == "__main__":
    sys.exit(main())
