"""An extension for the programs of python-threatexchange: PDQ with our decoder, hasher and index."""

from __future__ import annotations

from threatexchange.extensions.manifest import ThreatExchangeExtensionManifest

from takeback.threatexchange.index import PdqIndex
from takeback.threatexchange.signal import NamedPdqSignal, PdqSignal

__all__ = ["TX_MANIFEST", "NamedPdqSignal", "PdqIndex", "PdqSignal"]

TX_MANIFEST = ThreatExchangeExtensionManifest(signal_types=(NamedPdqSignal,))
"""What `threatexchange config extensions add takeback.threatexchange` loads."""
