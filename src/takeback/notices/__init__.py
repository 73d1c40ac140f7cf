"""The law as data, letters that cannot be incomplete, clocks."""
