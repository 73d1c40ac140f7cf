"""Benign edits of ordinary photographs, seeded and graded by strength, each with the truth of what it did."""

from takeback.bench.attacks.codecs import compressed
from takeback.bench.attacks.geometry import scaled
from takeback.bench.attacks.state import Attacked, Step
from takeback.bench.attacks.table import ATTACKS, Attack, attack, chain

__all__ = ["ATTACKS", "Attack", "Attacked", "Step", "attack", "chain", "compressed", "scaled"]
