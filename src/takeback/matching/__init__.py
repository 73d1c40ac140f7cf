"""Signals and pixels to examinations: search, retrieval, alignment, alteration."""
