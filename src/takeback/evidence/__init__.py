"""Consent, ledger, bundles: what a stranger can verify."""
