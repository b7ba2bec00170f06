"""Reduces HTML to the text that a person would see."""

import re
from html.parser import HTMLParser
from typing import Final

from typing_extensions import override

__all__ = ["text_of_html"]

_UNSEEN: Final = frozenset({"script", "style", "head", "title", "template", "noscript", "svg"})
_LINES: Final = frozenset(
    {"p", "br", "div", "li", "tr", "table", "ul", "ol", "blockquote", "hr", "h1", "h2", "h3", "h4", "h5", "h6"}
)


def text_of_html(html: str) -> str:
    """Return the text of a page, a line for each block; scripts, styles and addresses of links are left out."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = (re.sub(r"[ \t\r\f\v\u00a0]+", " ", line).strip() for line in "".join(reader.pieces).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


class _Reader(HTMLParser):
    """Collects what is seen."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._unseen = 0

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag in _LINES:
            self.pieces.append("\n")

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif tag in _LINES:
            self.pieces.append("\n")

    @override
    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.pieces.append(re.sub(r"\s+", " ", data))
