"""Values and ports that every part of the router speaks; no I/O, no framework."""
