"""Exports, folders and archives that an investigator holds."""
