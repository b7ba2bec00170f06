"""The dialects that OpenAI made: chat completions, embeddings, responses."""
