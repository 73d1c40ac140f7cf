"""Find what was made from an ordinary photograph, and show it.

The public names load on first use, so that importing takeback stays cheap.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from takeback.jobs.case import Case
    from takeback.matching.examine import examine
    from takeback.matching.hamming_index import HammingIndex
    from takeback.matching.photograph_index import PhotographIndex
    from takeback.plugins import read_source
    from takeback.signals.pdq import PdqHasher

__version__ = "0.1.0"

__all__ = ["Case", "HammingIndex", "PdqHasher", "PhotographIndex", "__version__", "examine", "read_source"]

_HOMES = {
    "Case": "takeback.jobs.case",
    "HammingIndex": "takeback.matching.hamming_index",
    "PdqHasher": "takeback.signals.pdq",
    "PhotographIndex": "takeback.matching.photograph_index",
    "examine": "takeback.matching.examine",
    "read_source": "takeback.plugins",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        message = f"module 'takeback' has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(importlib.import_module(_HOMES[name]), name)
