"""How fast a Telegram Desktop export becomes encrypted tables, how much memory that takes, and whether anything is lost."""

from takeback.bench.ingest.measure import bench

__all__ = ["bench"]
