"""What both edges share of HTTP: how failures look, and the few ASGI moves that need no framework."""
