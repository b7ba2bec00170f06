"""The Vutler router: the one door through which agents reach language models."""
