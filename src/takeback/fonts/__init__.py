"""The fonts that documents are set in, and which characters they show."""
