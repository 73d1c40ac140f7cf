"""The only transactional store: a case as a folder with one encrypted database and a vault."""
