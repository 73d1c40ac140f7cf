"""The nouns: frozen values that know no files."""
