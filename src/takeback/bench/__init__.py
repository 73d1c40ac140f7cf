"""Figures: each printed by a command, next to a peer."""
