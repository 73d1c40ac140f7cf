"""The service of a hash bank: who may ask what over HTTP, and what is kept of it."""
