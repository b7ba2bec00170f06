"""The table of mails: one step of the schema."""

from typing import Final

__all__ = ["MAIL_STEP"]

MAIL_STEP: Final[tuple[str, ...]] = (
    """
    CREATE TABLE mails (
        id TEXT PRIMARY KEY,
        workspace_id TEXT NOT NULL,
        agent_id TEXT NOT NULL,
        direction TEXT NOT NULL,
        sender TEXT NOT NULL,
        recipients TEXT NOT NULL,
        subject TEXT NOT NULL,
        text TEXT NOT NULL,
        message_id TEXT NOT NULL,
        status TEXT NOT NULL,
        created_at TEXT NOT NULL,
        in_reply_to TEXT,
        remote TEXT NOT NULL,
        detail TEXT,
        depth INTEGER NOT NULL,
        is_external INTEGER NOT NULL,
        wakes INTEGER NOT NULL,
        waiting INTEGER NOT NULL,
        place TEXT NOT NULL
    )
    """,
    "CREATE INDEX mails_by_agent ON mails (agent_id, place)",
    "CREATE INDEX mails_sent ON mails (agent_id, created_at) WHERE direction = 'out'",
    "CREATE INDEX mails_that_woke ON mails (agent_id, created_at) WHERE wakes = 1",
    "CREATE INDEX mails_queued ON mails (created_at) WHERE status = 'queued'",
    "CREATE INDEX mails_waiting ON mails (created_at) WHERE waiting = 1",
)
