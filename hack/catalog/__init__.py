"""Writes the router's catalogue of models."""
