"""Bytes in, bytes out: sealing, signing, commitments, canonical JSON."""
