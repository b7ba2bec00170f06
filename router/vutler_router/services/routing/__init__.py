"""Chooses models by what is asked."""
