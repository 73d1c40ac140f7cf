"""Posts in columns: what comes in bulk travels as Arrow batches, and as values only at the edges."""
