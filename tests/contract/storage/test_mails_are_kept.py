from dataclasses import replace
from datetime import timedelta

from tests.support.router_values import NOON
from vutler_router.domain.mail import Direction, Mail, MailStatus
from vutler_router.storage import Storage

MINUTE = timedelta(minutes=1)
AVA = "team-a.ava"
GOT = Mail(
    id="mail_1",
    workspace_id="team-a",
    agent_id=AVA,
    direction=Direction.IN,
    sender="anna@example.com",
    recipients=("ava.team-a@mail.example", "bob@example.com"),
    subject="Grüße",
    text="Hello 👋",
    message_id="<1@example.com>",
    status=MailStatus.RECEIVED,
    created_at=NOON,
    in_reply_to="<0@mail.example>",
    is_external=True,
    wakes=True,
    waiting=True,
)
SENT = replace(
    GOT,
    id="mail_2",
    direction=Direction.OUT,
    status=MailStatus.QUEUED,
    remote=("bob@example.com",),
    created_at=NOON + MINUTE,
    depth=1,
    is_external=False,
    wakes=False,
    waiting=False,
    in_reply_to=None,
)


async def test_mails_come_back_as_they_were_kept(storage: Storage) -> None:
    assert await storage.mails.add(GOT)
    assert await storage.mails.add(SENT)

    assert await storage.mails.find("mail_1") == GOT
    assert await storage.mails.find("mail_2") == SENT
    assert await storage.mails.find("mail_3") is None


async def test_a_mail_is_kept_once(storage: Storage) -> None:
    await storage.mails.add(GOT)
    await storage.mails.settle("mail_1")

    assert not await storage.mails.add(GOT)
    assert await storage.mails.waiting(9) == []


async def test_a_mailbox_is_listed_newest_first_page_by_page(storage: Storage) -> None:
    for mail in (SENT, GOT, replace(GOT, id="mail_0"), replace(GOT, id="other", agent_id="team-a.bob")):
        await storage.mails.add(mail)

    first = await storage.mails.page(AVA, limit=2, cursor=None)
    second = await storage.mails.page(AVA, limit=2, cursor=first.next_cursor)

    assert [mail.id for mail in first.mails] == ["mail_2", "mail_1"]
    assert ([mail.id for mail in second.mails], second.next_cursor) == (["mail_0"], None)


async def test_what_is_to_be_sent_is_found_until_its_fate_is_known(storage: Storage) -> None:
    await storage.mails.add(GOT)
    await storage.mails.add(SENT)
    before = await storage.mails.queued(9)

    await storage.mails.set_status("mail_2", MailStatus.FAILED, "refused")

    assert before == [SENT]
    assert await storage.mails.queued(9) == []
    assert await storage.mails.find("mail_2") == replace(SENT, status=MailStatus.FAILED, detail="refused")


async def test_what_an_agent_sent_lately_is_counted(storage: Storage) -> None:
    await storage.mails.add(GOT)
    await storage.mails.add(SENT)
    await storage.mails.add(replace(SENT, id="failed", status=MailStatus.FAILED))

    assert await storage.mails.sent_since(AVA, NOON) == 2
    assert await storage.mails.sent_since(AVA, NOON + MINUTE) == 0


async def test_what_an_agent_is_to_be_told_of_is_found_until_it_was(storage: Storage) -> None:
    await storage.mails.add(replace(GOT, id="later", created_at=NOON + MINUTE))
    await storage.mails.add(GOT)
    before = await storage.mails.waiting(9)

    await storage.mails.settle("mail_1")

    assert [mail.id for mail in before] == ["mail_1", "later"]
    assert [mail.id for mail in await storage.mails.waiting(9)] == ["later"]
    newest = await storage.mails.last_wake(AVA, since=NOON)
    assert newest is not None
    assert newest.id == "later"
    assert await storage.mails.last_wake(AVA, since=NOON + 2 * MINUTE) is None
