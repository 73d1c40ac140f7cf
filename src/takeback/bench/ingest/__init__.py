"""How fast a Telegram Desktop export becomes sealed tables, in how much memory, and whether anything is lost."""

from takeback.bench.ingest.measure import bench

__all__ = ["bench"]
