"""Anthropic's Messages: read and passed on as they are, and as what answers a chat completion."""
