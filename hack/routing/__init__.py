"""Trains the router's local classifier, and measures it on sources of prompts that it did not learn from."""
