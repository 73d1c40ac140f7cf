"""Made-up networks and benign edits with known truth."""
