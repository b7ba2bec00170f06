"""What is known of a browser's request: its session cookie, whether a page of ours sent it, and where it comes from.

Cookie names and prefixes are those of RFC 6265bis, section 4.1.3; Sec-Fetch-Site is Fetch Metadata's.
"""

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import cookie_parser

from vutler_router.errors import Forbidden
from vutler_router.keys.tokens import same_secret

__all__ = [
    "CSRF_HEADER",
    "cookie_of",
    "expect_own_page",
    "expect_token",
    "is_secure",
    "journey_cookie",
    "journey_of",
    "remote_address",
    "session_cookie",
]

CSRF_HEADER: Final = "x-vutler-csrf"

_SECURE_NAME: Final = "__Host-vutler"
_PLAIN_NAME: Final = "vutler"
_REMEDY: Final = "Open the dashboard anew and do it there."


def cookie_of(headers: Mapping[str, str]) -> str | None:
    """Return the secret in a session cookie, or None.

    The plain name counts only where the request did not come by HTTPS: there a neighbouring host could have set it.
    """
    cookies = cookie_parser(headers.get("cookie", ""))
    return cookies.get(_SECURE_NAME) or (None if is_secure(headers) else cookies.get(_PLAIN_NAME)) or None


def session_cookie(secret: str, seconds: int, *, secure: bool) -> str:
    """Return the `Set-Cookie` value that keeps a secret for so many seconds; none of either makes a browser forget."""
    name = _SECURE_NAME if secure else _PLAIN_NAME
    return f"{name}={secret}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict" + ("; Secure" if secure else "")


def journey_of(headers: Mapping[str, str], *, secure: bool) -> str:
    """Return what a browser brings back from an identity provider; empty where it brings nothing of ours."""
    return cookie_parser(headers.get("cookie", "")).get(_journey_name(secure=secure), "")


def journey_cookie(sealed: str, seconds: int, *, secure: bool) -> str:
    """Return the `Set-Cookie` value that a browser brings back; Lax, for it comes from another site's page."""
    name = _journey_name(secure=secure)
    return f"{name}={sealed}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax" + ("; Secure" if secure else "")


def _journey_name(*, secure: bool) -> str:
    return f"{_SECURE_NAME if secure else _PLAIN_NAME}-oidc"


def is_secure(headers: Mapping[str, str]) -> bool:
    """Say whether the browser speaks HTTPS, by its own word or a proxy's.

    Anybody may claim it: that only makes a cookie stricter, never laxer.
    """
    claimed = headers.get("x-forwarded-proto", "").split(",")[0].strip().lower()
    return claimed == "https" or headers.get("origin", "").lower().startswith("https://")


def expect_own_page(headers: Mapping[str, str]) -> None:
    """Let pass what a page of this very origin sent, or a program that is no browser.

    Raises:
        Forbidden: Another site's page sent it.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        if site not in {"same-origin", "none"}:
            raise Forbidden(f"This came from a page of another site. {_REMEDY}", code="foreign_origin")
        return
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc.lower() != headers.get("host", "").lower():
        raise Forbidden(f"This came from a page of another origin. {_REMEDY}", code="foreign_origin")


def expect_token(headers: Mapping[str, str], csrf: str) -> None:
    """Let pass a change that carries what only pages of ours know. Raises `Forbidden`."""
    if not same_secret(headers.get(CSRF_HEADER, ""), csrf):
        raise Forbidden(
            f"A change with a session needs the header {CSRF_HEADER}, as GET /api/v1/session gives it. {_REMEDY}",
            code="csrf_failed",
        )


def remote_address(headers: Mapping[str, str], peer: str | None, proxies: Sequence[IPv4Network | IPv6Network]) -> str:
    """Return where a request comes from: the last address before those of proxies that are trusted."""
    address = peer or ""
    hops = [hop.strip() for hop in headers.get("x-forwarded-for", "").split(",") if hop.strip()]
    while hops and _is_in(address, proxies):
        address = hops.pop()
    return address


def _is_in(address: str, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in networks)
