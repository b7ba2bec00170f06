"""The upstream side: who the providers are, how to talk to them, and the only HTTP clients of the router."""
