"""The path of model requests: a small ASGI application in front of the framework (see docs/decisions/0002)."""
