from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from tests.support.imap_server import ImapServer
from tests.support.running_router import RunningRouter, running_router
from tests.support.scripted_upstream import ScriptedUpstream
from tests.support.workspace import eventually

MAIL = "/api/v1/agents/team-a.ava/mail"
SECONDS = 60.0


def mail(number: int, to: str = "ava.team-a@agents.example.com") -> bytes:
    lines = ("From: anna@example.com", f"To: {to}", f"Subject: Mail {number}", f"Message-ID: <{number}@example.com>")
    return "\r\n".join((*lines, "", "Grüße", "")).encode()


async def mails(router: RunningRouter, count: int) -> list[dict[str, Any]]:
    async def look() -> list[dict[str, Any]] | None:
        found: list[dict[str, Any]] = (await router.http.get(MAIL, headers=router.admin)).json()["mails"]
        return found if len(found) >= count else None

    return await eventually(look, seconds=SECONDS)


async def test_unseen_mails_are_brought_to_their_agents_once(
    tmp_path: Path, upstream: ScriptedUpstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ImapServer.running(tmp_path) as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
        settings = {
            "mail_domain": "agents.example.com",
            "mail_imap_url": SecretStr(server.url),
            "mail_poll_interval": 1.0,
        }
        await server.put(mail(1))
        await server.put(mail(2, "nobody.team-a@agents.example.com"))
        async with running_router(tmp_path, upstream, **settings) as router:
            await router.agent()
            await server.put(mail(3))
            await server.put(mail(3))
            found = await mails(router, 1)

            async def all_seen() -> bool:
                return await server.unseen() == 0

            await eventually(all_seen, seconds=SECONDS)
            found = (await router.http.get(MAIL, headers=router.admin)).json()["mails"]
            text = (await router.http.get(f"{MAIL}/{found[0]['id']}", headers=router.admin)).json()["text"]

    assert found[0]["subject"] == "Mail 3"
    assert [shown["subject"] for shown in found].count("Mail 3") == 1
    assert text == "Grüße"


@pytest.mark.filterwarnings(
    # imaplib leaves the socket of a failed STARTTLS to the garbage collector.
    "ignore:unclosed <ssl.SSLSocket:ResourceWarning",
    "ignore:Exception ignored in. <ssl.SSLSocket:pytest.PytestUnraisableExceptionWarning",
)
async def test_a_server_whose_certificate_nobody_knows_gets_no_password(
    tmp_path: Path, upstream: ScriptedUpstream, capsys: pytest.CaptureFixture[str]
) -> None:
    async with ImapServer.running(tmp_path) as server:
        await server.put(mail(1))
        settings = {"mail_domain": "agents.example.com", "mail_imap_url": SecretStr(server.url)}
        async with running_router(tmp_path, upstream, **settings) as router:
            await router.agent()
            said = ""

            async def warned() -> bool:
                nonlocal said
                said += capsys.readouterr().out
                return "imap_server_away" in said

            await eventually(warned, seconds=SECONDS)
            unseen = await server.unseen()

    assert "SSLCertVerificationError" in said
    assert "p@ss-word" not in said
    assert unseen == 1
