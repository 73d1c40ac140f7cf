"""Packs and hash lists: what travels between people and machines."""
