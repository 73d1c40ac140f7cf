"""Pure functions on posts: what a network is, how big, how fast."""
