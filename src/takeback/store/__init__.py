"""The case folder: one encrypted database and a vault."""
