"""What a chat completion, or a chunk of one, says as text."""

from collections.abc import Mapping

__all__ = ["text_in"]


def text_in(answer: Mapping[str, object], holder: str = "message") -> str:
    """Return the text of the first choice; an answer that only calls tools has none.

    Args:
        answer: The decoded completion, or chunk.
        holder: Where the choice has its text: `message`, or `delta` in a chunk.
    """
    choices = answer.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    message = first.get(holder) if isinstance(first, dict) else None
    content = message.get("content") if isinstance(message, dict) else None
    return content if isinstance(content, str) else ""
