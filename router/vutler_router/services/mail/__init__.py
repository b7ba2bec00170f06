"""Agents' mail: sent, received, and told to them."""
