"""Where work runs: serial, local processes."""
