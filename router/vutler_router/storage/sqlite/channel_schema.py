"""The tables of channels, and of claims on work in the background: one step of the schema."""

from typing import Final

__all__ = ["CHANNEL_STEP"]

CHANNEL_STEP: Final[tuple[str, ...]] = (
    """
    CREATE TABLE channels (
        id TEXT PRIMARY KEY,
        "key" TEXT NOT NULL UNIQUE,
        workspace_id TEXT NOT NULL,
        name TEXT NOT NULL,
        created_by TEXT NOT NULL,
        created_at TEXT NOT NULL
    ) WITHOUT ROWID
    """,
    "CREATE INDEX channels_by_workspace ON channels (workspace_id, id)",
    """
    CREATE TABLE channel_messages (
        channel_key TEXT NOT NULL,
        number INTEGER NOT NULL,
        kind TEXT NOT NULL,
        author TEXT NOT NULL,
        text TEXT NOT NULL,
        created_at TEXT NOT NULL,
        depth INTEGER NOT NULL,
        answers INTEGER,
        PRIMARY KEY (channel_key, number)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE channel_wakes (
        agent_id TEXT NOT NULL,
        created_at TEXT NOT NULL,
        channel_key TEXT NOT NULL,
        number INTEGER NOT NULL,
        waiting INTEGER NOT NULL,
        PRIMARY KEY (agent_id, created_at, channel_key, number)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX channel_wakes_waiting ON channel_wakes (created_at) WHERE waiting = 1",
    "CREATE INDEX channel_wakes_by_channel ON channel_wakes (channel_key, number)",
    """
    CREATE TABLE channel_hooks (
        id TEXT PRIMARY KEY,
        channel_key TEXT NOT NULL,
        channel_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        name TEXT NOT NULL,
        created_at TEXT NOT NULL,
        token_sha256 TEXT UNIQUE,
        verify_sha256 TEXT,
        format TEXT NOT NULL,
        url TEXT,
        host TEXT,
        secret TEXT,
        target TEXT,
        delivered INTEGER NOT NULL
    ) WITHOUT ROWID
    """,
    "CREATE INDEX channel_hooks_by_channel ON channel_hooks (channel_key, created_at)",
    """
    CREATE TABLE work_claims (
        work TEXT PRIMARY KEY,
        number INTEGER NOT NULL,
        until TEXT NOT NULL
    ) WITHOUT ROWID
    """,
)
