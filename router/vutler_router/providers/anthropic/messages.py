"""Anthropic's Messages to providers that speak them: bytes pass unchanged, and what they say is counted."""

from collections.abc import Mapping

from typing_extensions import override

from vutler_router.providers.anthropic.message_reader import Fields, MessageReader, text_of
from vutler_router.providers.anthropic.usage import read_usage
from vutler_router.providers.count import Count, read_cost
from vutler_router.providers.sse import is_dataless

__all__ = ["MessagesStream", "count_of_message"]


class MessagesStream(MessageReader):
    """See `StreamReader`; events pass unchanged, but for an error and what follows it."""

    __slots__ = ()

    @override
    def _pass_dataless(self, event: bytes) -> bytes:
        return event if is_dataless(event) else b""

    @override
    def _pass(self, event: bytes, fields: Fields | None) -> bytes:
        if fields is None:
            self._break("an event that is no JSON object")
            return b""
        return event


def count_of_message(fields: Mapping[str, object]) -> Count:
    """Read the counts of an unstreamed message; the length is that of its text."""
    content = fields.get("content")
    spoken = sum(len(text_of(block, "text")) for block in content) if isinstance(content, list) else 0
    usage = fields.get("usage")
    return Count(read_usage(usage), read_cost(usage), spoken)
