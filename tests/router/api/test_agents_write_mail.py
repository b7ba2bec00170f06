from collections.abc import AsyncIterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from tests.support.mail_server import SmtpServer
from tests.support.running_router import RunningRouter, running_router
from tests.support.scripted_upstream import ScriptedUpstream, answer
from tests.support.workspace import as_agent, eventually, give_pod

MAIL = "/api/v1/agents/team-a.ava/mail"
DOMAIN = "agents.example.com"
SOON = timedelta(milliseconds=50)


@pytest.fixture
async def smtp() -> AsyncIterator[SmtpServer]:
    async with SmtpServer.running() as server:
        yield server


@pytest.fixture
async def router(tmp_path: Path, upstream: ScriptedUpstream, smtp: SmtpServer) -> AsyncIterator[RunningRouter]:
    """A router with a mail server that may write to example.com, and the agents ava and bob of team-a."""
    async with running_router(
        tmp_path,
        upstream,
        mail_smtp_url=SecretStr(f"smtp://127.0.0.1:{smtp.port}"),
        mail_domain=DOMAIN,
        mail_allowed_domains=("example.com", "example.org"),
    ) as running:
        await running.agent("team-a.bob")
        yield running


async def write(router: RunningRouter, headers: dict[str, str] | None = None, **body: Any) -> httpx.Response:
    body = {"to": "anna@example.com", "subject": "Hello", "text": "How are you?", **body}
    return await router.http.post(MAIL, json=body, headers=headers or router.admin)


async def mailbox(router: RunningRouter, name: str) -> list[dict[str, Any]]:
    shown = await router.http.get(f"/api/v1/agents/team-a.{name}/mail", headers=router.admin)
    assert shown.status_code == 200, shown.text
    mails: list[dict[str, Any]] = shown.json()["mails"]
    return mails


async def taken(smtp: SmtpServer, count: int = 1) -> list[tuple[list[str], EmailMessage]]:
    async def look() -> bool:
        return len(smtp.inbox.taken) >= count

    await eventually(look)
    return smtp.inbox.taken


async def fate(router: RunningRouter, mail_id: str, *statuses: str) -> dict[str, Any]:
    """Return a mail as soon as it has one of these statuses."""

    async def look() -> dict[str, Any] | None:
        shown: dict[str, Any] = (await router.http.get(f"{MAIL}/{mail_id}", headers=router.admin)).json()
        return shown if shown["status"] in statuses else None

    return await eventually(look)


async def test_a_mail_reaches_a_real_server(router: RunningRouter, smtp: SmtpServer) -> None:
    ava = as_agent(await router.agent())

    sent = await write(router, ava, to=["Anna <anna@example.com>", "bo@example.org"], subject="Grüße", text="Hi 👋\nB")
    ((recipients, message),) = await taken(smtp)
    kept = await fate(router, sent.json()["id"], "sent")

    assert (sent.status_code, sent.json()["status"]) == (201, "queued")
    assert recipients == ["anna@example.com", "bo@example.org"]
    assert message["From"] == f"ava.team-a@{DOMAIN}"
    assert (message["To"], message["Subject"]) == ("anna@example.com, bo@example.org", "Grüße")
    assert message.get_content().replace("\r\n", "\n").strip() == "Hi 👋\nB"
    assert (message["Message-ID"], message["Auto-Submitted"]) == (kept["message_id"], "auto-generated")
    assert kept["detail"] is None


async def test_a_colleague_gets_a_mail_at_once_however_it_is_named(router: RunningRouter, smtp: SmtpServer) -> None:
    await router.agent()

    for to in ("bob", "team-a.bob", "bob@team-a", f"bob.team-a@{DOMAIN}", f"Bob <BOB.team-a@{DOMAIN.upper()}>"):
        sent = await write(router, to=to)
        assert (sent.status_code, sent.json()["status"]) == (201, "sent"), sent.text
    mails = await mailbox(router, "bob")

    assert [mail["status"] for mail in mails] == ["received"] * 5
    assert {(mail["from"], *mail["to"]) for mail in mails} == {(f"ava.team-a@{DOMAIN}", f"bob.team-a@{DOMAIN}")}
    assert smtp.inbox.taken == []


async def test_a_mail_to_both_reaches_both(router: RunningRouter, smtp: SmtpServer) -> None:
    await router.agent()

    await write(router, to=["bob", "bob@team-a", "anna@example.com", "ANNA@example.com"])
    ((recipients, message),) = await taken(smtp)

    assert recipients == ["ANNA@example.com"]
    assert message["To"] == f"bob.team-a@{DOMAIN}, ANNA@example.com"
    assert len(await mailbox(router, "bob")) == 1


BAD_RECIPIENTS = [
    ("anna@example.com\nBcc: all@example.com", 400),
    ("anna@example.com\r\nRCPT TO:<x@example.com>", 400),
    ("anna@example.com, bo@example.com", 400),
    ("<script>", 400),
    ("anna@", 400),
    ("@example.com", 400),
    ("anna@example", 400),
    ("anna@-example.com", 400),
    ("an na@example.com", 400),
    ("anna..b@example.com", 400),
    ("änna@example.com", 400),
    ('"a b"@example.com', 400),
    ("a" * 65 + "@example.com", 400),
    ("anna@[127.0.0.1]", 400),
    ("nobody", 400),
    ("zoe", 400),
    ("team-b.zoe", 400),
    ("zoe@team-b", 400),
    (f"zoe.team-b@{DOMAIN}", 400),
    (f"nobody.team-a@{DOMAIN}", 400),
    ("", 400),
    ("anna@elsewhere.example", 403),
    ("anna@sub.example.com", 403),
    ("anna@example.com.evil.example", 403),
]


@pytest.mark.parametrize(("to", "status"), BAD_RECIPIENTS)
async def test_a_recipient_that_is_none_is_refused(
    router: RunningRouter, smtp: SmtpServer, to: str, status: int
) -> None:
    await router.agent()
    await router.agent("team-b.zoe")

    refused = await write(router, to=["bob", to])

    assert refused.status_code == status, refused.text
    assert (await mailbox(router, "ava"), await mailbox(router, "bob"), smtp.inbox.taken) == ([], [], [])


@pytest.mark.parametrize(
    ("body", "status", "param"),
    [
        ({"subject": "a\r\nBcc: all@example.com"}, 400, "subject"),
        ({"subject": "a\nb"}, 400, "subject"),
        ({"subject": "x" * 257}, 400, "subject"),
        ({"text": ""}, 400, "body"),
        ({"text": "a\x00b"}, 400, "body"),
        ({"text": "x" * (256 * 1024 + 1)}, 413, "body"),
        ({"to": []}, 400, "to"),
        ({"to": [f"a{number}@example.com" for number in range(21)]}, 400, "to"),
    ],
)
async def test_a_mail_that_is_none_is_refused(
    router: RunningRouter, body: dict[str, Any], status: int, param: str
) -> None:
    await router.agent()

    refused = await write(router, **body)

    assert (refused.status_code, refused.json()["error"]["param"]) == (status, param)
    assert await mailbox(router, "ava") == []


async def test_the_largest_mail_reaches_twenty_recipients(router: RunningRouter, smtp: SmtpServer) -> None:
    await router.agent()

    await write(router, to=[f"a{number}@example.com" for number in range(20)], text="x" * 256 * 1024)
    ((recipients, message),) = await taken(smtp)

    assert (len(recipients), len(message.get_content().replace("\n", "").replace("\r", ""))) == (20, 256 * 1024)


async def test_what_the_server_refuses_for_good_fails_and_says_why(router: RunningRouter, smtp: SmtpServer) -> None:
    await router.agent()
    smtp.inbox.replies = ["554 no spam\x07 here"]

    sent = (await write(router)).json()
    failed = await fate(router, sent["id"], "failed")

    assert failed["detail"] == "The mail server refuses: 554 no spam  here"
    assert smtp.inbox.taken == []


async def test_a_recipient_that_the_server_refuses_is_named(router: RunningRouter, smtp: SmtpServer) -> None:
    await router.agent()
    smtp.inbox.refuses = {"bo@example.com": "550 no such user"}

    sent = (await write(router, to=["anna@example.com", "bo@example.com"])).json()
    alone = (await write(router, to=["bo@example.com"])).json()

    assert (await fate(router, sent["id"], "sent"))["detail"] == "Refused: bo@example.com: 550 no such user"
    assert "550 no such user" in (await fate(router, alone["id"], "failed"))["detail"]
    assert [recipients for recipients, _ in smtp.inbox.taken] == [["anna@example.com"]]


async def test_a_mail_waits_for_a_server_that_is_away_or_busy(
    router: RunningRouter, smtp: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vutler_router.services.claimed_work.Pace.pause", lambda _pace, attempt: attempt * SOON)
    await router.agent()
    smtp.inbox.replies = ["451 come again"]
    await smtp.stop()

    sent = (await write(router)).json()

    async def noticed() -> str | None:
        shown = (await router.http.get(f"{MAIL}/{sent['id']}", headers=router.admin)).json()
        detail: str | None = shown["detail"]
        return detail

    assert "could not be reached" in await eventually(noticed)
    await smtp.start()
    ((_, message),) = await taken(smtp)
    kept = await fate(router, sent["id"], "sent")

    assert message["Message-ID"] == kept["message_id"] == sent["message_id"]
    assert kept["detail"] is None


async def test_a_mail_that_was_queued_outlives_the_router(
    tmp_path: Path, upstream: ScriptedUpstream, smtp: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vutler_router.services.claimed_work.Pace.pause", lambda _pace, attempt: attempt * SOON)
    settings: dict[str, Any] = {
        "mail_smtp_url": SecretStr(f"smtp://127.0.0.1:{smtp.port}"),
        "mail_domain": DOMAIN,
        "mail_allowed_domains": ("*",),
    }
    await smtp.stop()
    async with running_router(tmp_path / "data", upstream, **settings) as router:
        await router.agent()
        sent = await write(router, to="anna@anywhere.example")
    await smtp.start()
    async with running_router(tmp_path / "data", upstream, **settings):
        ((_, message),) = await taken(smtp)

    assert message["Message-ID"] == sent.json()["message_id"]


async def test_a_password_is_never_said_to_a_server_without_encryption(
    tmp_path: Path, upstream: ScriptedUpstream
) -> None:
    async with (
        SmtpServer.running(login=("user", "secret-of-the-mail-server")) as smtp,
        running_router(
            tmp_path,
            upstream,
            mail_smtp_url=SecretStr(f"smtp://user:secret-of-the-mail-server@127.0.0.1:{smtp.port}"),
            mail_domain=DOMAIN,
            mail_allowed_domains=("example.com",),
        ) as router,
    ):
        await router.agent()
        sent = (await write(router)).json()

        async def noticed() -> dict[str, Any] | None:
            shown: dict[str, Any] = (await router.http.get(f"{MAIL}/{sent['id']}", headers=router.admin)).json()
            return shown if shown["detail"] else None

        kept = await eventually(noticed)

    assert (kept["status"], smtp.inbox.taken) == ("queued", [])
    assert "secret" not in kept["detail"]


async def test_an_agent_sends_so_many_mails_an_hour(tmp_path: Path, upstream: ScriptedUpstream) -> None:
    async with running_router(tmp_path, upstream, mail_per_hour=2) as router:
        await router.agent()
        await router.agent("team-a.bob")
        answers = [await write(router, to="bob") for _ in range(3)]

    assert [sent.status_code for sent in answers] == [201, 201, 429]
    assert answers[2].json()["error"]["code"] == "mail_limit"
    assert int(answers[2].headers["retry-after"]) == 1800


async def test_without_a_server_agents_write_to_each_other_only(tmp_path: Path, upstream: ScriptedUpstream) -> None:
    async with running_router(tmp_path, upstream) as router:
        await router.agent()
        await router.agent("team-a.bob")
        inside, outside = await write(router, to="bob@team-a"), await write(router)
        (mail,) = await mailbox(router, "bob")

    assert (inside.status_code, mail["from"], mail["to"]) == (201, "ava@team-a", ["bob@team-a"])
    assert (outside.status_code, outside.json()["error"]["code"]) == (403, "no_mail_server")


async def test_an_answer_goes_to_the_sender_and_names_what_it_answers(router: RunningRouter) -> None:
    await router.agent()
    sent = (await write(router, to="bob", subject="Lunch")).json()
    (got,) = await mailbox(router, "bob")

    path = "/api/v1/agents/team-a.bob/mail"
    answered = await router.http.post(path, json={"reply_to": got["id"], "text": "Yes"}, headers=router.admin)
    (answer_got, _) = await mailbox(router, "ava")

    assert (answered.json()["to"], answered.json()["subject"]) == ([f"ava.team-a@{DOMAIN}"], "Re: Lunch")
    assert answer_got["in_reply_to"] == sent["message_id"]


async def test_a_mailbox_is_its_agents_own(router: RunningRouter) -> None:
    ava = as_agent(await router.agent())
    await write(router, to="bob")
    (got,) = await mailbox(router, "bob")

    answers = [
        await router.http.get("/api/v1/agents/team-a.bob/mail", headers=ava),
        await router.http.get(f"/api/v1/agents/team-a.bob/mail/{got['id']}", headers=ava),
        await router.http.get(f"{MAIL}/{got['id']}", headers=ava),
        await router.http.post(MAIL, json={"reply_to": got["id"], "text": "Hi"}, headers=ava),
    ]

    assert [found.status_code for found in answers] == [404] * 4


async def test_an_agent_without_the_tool_has_no_mail(router: RunningRouter) -> None:
    ava = as_agent(await router.agent())
    await router.http.put("/api/v1/agents/team-a.ava", json={"tools": ["chat"]}, headers=router.admin)

    answers = [await router.http.get(MAIL, headers=ava), await write(router, ava)]

    assert [(found.status_code, found.json()["error"]["code"]) for found in answers] == [(403, "tool_not_granted")] * 2


async def test_agents_that_answer_each_other_come_to_an_end(router: RunningRouter) -> None:
    """Each pod answers every mail it is told of, as an agent would with its tool."""
    tokens = {"ava": await router.agent(), "bob": ""}
    bells = {"ava": 0, "bob": 0}
    async with ScriptedUpstream.running(answer("noted")) as ava, ScriptedUpstream.running(answer("noted")) as bob:
        await give_pod(router.http, router.admin, "team-a.ava", ava)
        await give_pod(router.http, router.admin, "team-a.bob", bob)
        await write(router, as_agent(tokens["ava"]), to="bob")

        async def fell_silent() -> bool:
            """Answer what was heard since the last look."""
            for name, pod, other in (("ava", ava, "bob"), ("bob", bob, "ava")):
                for _ in range(len(pod.received) - bells[name]):
                    bells[name] += 1
                    path, body = f"/api/v1/agents/team-a.{name}/mail", {"to": other, "text": "And you?"}
                    assert (await router.http.post(path, json=body, headers=router.admin)).status_code == 201
            return bells == {"ava": 1, "bob": 2}

        await eventually(fell_silent)
    newest = (await mailbox(router, "ava"))[0]
    kept = await router.process.mail.service._store.find(newest["id"])

    assert kept is not None
    assert (kept.depth, kept.wakes, kept.waiting) == (4, False, False)
