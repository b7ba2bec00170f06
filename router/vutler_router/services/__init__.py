"""The use cases: what the API offers, told in the domain's words."""
