"""Enrol, investigate, publish: the main job, readable top to bottom."""
