"""The tables, as a list of steps that only grows."""

from typing import Final

from vutler_router.errors import StorageError
from vutler_router.storage.sqlite.channel_schema import CHANNEL_STEP
from vutler_router.storage.sqlite.connection import Database
from vutler_router.storage.sqlite.mail_schema import MAIL_STEP

__all__ = ["migrate"]

_STEP_1: Final = (
    """
    CREATE TABLE agents (
        id TEXT PRIMARY KEY,
        workspace_id TEXT NOT NULL,
        token_sha256 TEXT NOT NULL UNIQUE,
        stamp TEXT NOT NULL,
        body TEXT NOT NULL
    ) WITHOUT ROWID
    """,
    "CREATE INDEX agents_by_workspace ON agents (workspace_id, id)",
    "CREATE TABLE versions (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
    "INSERT INTO versions VALUES ('agents', 0)",
    """
    CREATE TABLE token_usage (
        request_id TEXT NOT NULL UNIQUE,
        agent_id TEXT NOT NULL,
        workspace_id TEXT NOT NULL,
        provider TEXT NOT NULL,
        model TEXT NOT NULL,
        tier TEXT NOT NULL,
        tokens_input INTEGER NOT NULL,
        tokens_output INTEGER NOT NULL,
        tokens_total INTEGER NOT NULL,
        tokens_cached INTEGER NOT NULL,
        tokens_cache_write INTEGER NOT NULL,
        tokens_reasoning INTEGER NOT NULL,
        cost_input INTEGER NOT NULL,
        cost_output INTEGER NOT NULL,
        cost_total INTEGER NOT NULL,
        price_total INTEGER NOT NULL,
        priced INTEGER NOT NULL,
        latency_ms INTEGER NOT NULL,
        request_type TEXT NOT NULL,
        category TEXT NOT NULL,
        usage_source TEXT NOT NULL,
        status TEXT NOT NULL,
        timestamp TEXT NOT NULL
    )
    """,
    "CREATE INDEX token_usage_by_agent ON token_usage (agent_id, timestamp)",
    """
    CREATE TABLE usage_daily (
        day TEXT NOT NULL,
        agent_id TEXT NOT NULL,
        workspace_id TEXT NOT NULL,
        provider TEXT NOT NULL,
        model TEXT NOT NULL,
        tier TEXT NOT NULL,
        category TEXT NOT NULL,
        request_type TEXT NOT NULL,
        requests INTEGER NOT NULL,
        tokens_input INTEGER NOT NULL,
        tokens_output INTEGER NOT NULL,
        tokens_total INTEGER NOT NULL,
        tokens_cached INTEGER NOT NULL,
        tokens_reasoning INTEGER NOT NULL,
        plan_tokens INTEGER NOT NULL,
        cost_input INTEGER NOT NULL,
        cost_output INTEGER NOT NULL,
        cost_total INTEGER NOT NULL,
        price_total INTEGER NOT NULL,
        unpriced INTEGER NOT NULL,
        PRIMARY KEY (agent_id, day, workspace_id, provider, model, tier, category, request_type)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX usage_daily_by_workspace ON usage_daily (workspace_id, day)",
)

_STEP_2: Final = (
    """
    CREATE TABLE breakers (
        provider TEXT NOT NULL,
        model TEXT NOT NULL,
        credential TEXT NOT NULL,
        changed_at TEXT NOT NULL,
        failures INTEGER NOT NULL,
        reason TEXT NOT NULL,
        code TEXT NOT NULL,
        kind TEXT NOT NULL,
        opened_at TEXT,
        reopens_at TEXT,
        expires_at TEXT NOT NULL,
        PRIMARY KEY (provider, model, credential)
    ) WITHOUT ROWID
    """,
    "INSERT INTO versions VALUES ('breakers', 0)",
)

_STEP_3: Final[tuple[str, ...]] = (
    "ALTER TABLE usage_daily ADD COLUMN overage_tokens INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE usage_daily ADD COLUMN corrected INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE token_usage ADD COLUMN overage_tokens INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE token_usage ADD COLUMN included_tokens INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE token_usage ADD COLUMN overage_per_million INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE token_usage ADD COLUMN price_snapshot TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE token_usage ADD COLUMN corrected INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE token_usage ADD COLUMN batch TEXT NOT NULL DEFAULT ''",
    "CREATE INDEX token_usage_by_workspace ON token_usage (workspace_id, timestamp)",
    "CREATE INDEX usage_daily_by_day ON usage_daily (day)",
    """
    CREATE TABLE usage_monthly (
        agent_id TEXT NOT NULL,
        month TEXT NOT NULL,
        tokens INTEGER NOT NULL,
        PRIMARY KEY (month, agent_id)
    ) WITHOUT ROWID
    """,
    """
    INSERT INTO usage_monthly
    SELECT agent_id, substr(day, 1, 7) AS month, SUM(plan_tokens) FROM usage_daily
    GROUP BY agent_id, month HAVING SUM(plan_tokens) > 0
    """,
    """
    CREATE TABLE managed_overage (
        agent_id TEXT NOT NULL,
        month TEXT NOT NULL,
        workspace_id TEXT NOT NULL,
        tier TEXT NOT NULL,
        tokens INTEGER NOT NULL,
        price INTEGER NOT NULL,
        passed_at TEXT NOT NULL,
        updated_at TEXT NOT NULL,
        PRIMARY KEY (month, agent_id)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE ledger_writers (
        writer TEXT PRIMARY KEY,
        number INTEGER NOT NULL,
        answered INTEGER NOT NULL,
        rows INTEGER NOT NULL
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE statements (
        workspace_id TEXT NOT NULL,
        month TEXT NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (workspace_id, month)
    ) WITHOUT ROWID
    """,
)
_STEP_4: Final[tuple[str, ...]] = (
    """
    CREATE TABLE limit_states (
        agent_id TEXT PRIMARY KEY,
        version INTEGER NOT NULL,
        state TEXT NOT NULL
    ) WITHOUT ROWID
    """,
)
_STEP_5: Final[tuple[str, ...]] = (
    """
    CREATE TABLE alerts (
        id TEXT PRIMARY KEY,
        month TEXT NOT NULL,
        agent_id TEXT NOT NULL,
        workspace_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        threshold INTEGER NOT NULL,
        percent REAL NOT NULL,
        used INTEGER NOT NULL,
        "limit" INTEGER NOT NULL,
        raised_at TEXT NOT NULL,
        delivered_at TEXT,
        claimed_until TEXT NOT NULL
    ) WITHOUT ROWID
    """,
    "CREATE INDEX alerts_by_month ON alerts (month, raised_at)",
    "CREATE INDEX alerts_undelivered ON alerts (raised_at, claimed_until) WHERE delivered_at IS NULL",
)
_STEP_6: Final[tuple[str, ...]] = (
    """
    CREATE TABLE routing_rules (
        version INTEGER PRIMARY KEY,
        body TEXT NOT NULL
    )
    """,
    "ALTER TABLE token_usage ADD COLUMN variant TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE token_usage ADD COLUMN cost_estimated INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE token_usage ADD COLUMN cost_strongest INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE token_usage ADD COLUMN classification_cost INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE token_usage ADD COLUMN classification_ms INTEGER",
    "ALTER TABLE token_usage ADD COLUMN decision TEXT NOT NULL DEFAULT ''",
    """
    CREATE TABLE usage_daily_with_variant (
        day TEXT NOT NULL,
        agent_id TEXT NOT NULL,
        workspace_id TEXT NOT NULL,
        provider TEXT NOT NULL,
        model TEXT NOT NULL,
        tier TEXT NOT NULL,
        category TEXT NOT NULL,
        request_type TEXT NOT NULL,
        variant TEXT NOT NULL,
        requests INTEGER NOT NULL,
        tokens_input INTEGER NOT NULL,
        tokens_output INTEGER NOT NULL,
        tokens_total INTEGER NOT NULL,
        tokens_cached INTEGER NOT NULL,
        tokens_reasoning INTEGER NOT NULL,
        plan_tokens INTEGER NOT NULL,
        overage_tokens INTEGER NOT NULL,
        cost_input INTEGER NOT NULL,
        cost_output INTEGER NOT NULL,
        cost_total INTEGER NOT NULL,
        price_total INTEGER NOT NULL,
        unpriced INTEGER NOT NULL,
        corrected INTEGER NOT NULL,
        errors INTEGER NOT NULL,
        latency_ms INTEGER NOT NULL,
        cost_estimated INTEGER NOT NULL,
        saved INTEGER NOT NULL,
        classification_cost INTEGER NOT NULL,
        classification_ms INTEGER NOT NULL,
        PRIMARY KEY (agent_id, day, workspace_id, provider, model, tier, category, request_type, variant)
    ) WITHOUT ROWID
    """,
    """
    INSERT INTO usage_daily_with_variant
    SELECT day, agent_id, workspace_id, provider, model, tier, category, request_type, '', requests, tokens_input,
        tokens_output, tokens_total, tokens_cached, tokens_reasoning, plan_tokens, overage_tokens, cost_input,
        cost_output, cost_total, price_total, unpriced, corrected, 0, 0, 0, 0, 0, 0
    FROM usage_daily
    """,
    "DROP TABLE usage_daily",
    "ALTER TABLE usage_daily_with_variant RENAME TO usage_daily",
    "CREATE INDEX usage_daily_by_workspace ON usage_daily (workspace_id, day)",
    "CREATE INDEX usage_daily_by_day ON usage_daily (day)",
)
_STEP_DRIVE: Final[tuple[str, ...]] = (
    "CREATE TABLE drive (id TEXT PRIMARY KEY) WITHOUT ROWID",
    "INSERT INTO drive VALUES ('drive_' || lower(hex(randomblob(8))))",
    """
    CREATE TABLE drive_files (
        id TEXT NOT NULL UNIQUE,
        workspace_id TEXT NOT NULL,
        agent_id TEXT NOT NULL,
        folder TEXT NOT NULL,
        name TEXT NOT NULL,
        size INTEGER NOT NULL,
        sha256 TEXT NOT NULL,
        content_type TEXT NOT NULL,
        created_at TEXT NOT NULL,
        PRIMARY KEY (workspace_id, folder, name)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX drive_files_by_owner ON drive_files (workspace_id, agent_id, size)",
)

_STEP_ASKS: Final[tuple[str, ...]] = (
    "ALTER TABLE token_usage ADD COLUMN tree_id TEXT NOT NULL DEFAULT ''",
    "CREATE INDEX token_usage_by_tree ON token_usage (tree_id, timestamp) WHERE tree_id <> ''",
    """
    CREATE TABLE asks (
        id TEXT PRIMARY KEY,
        tree_id TEXT NOT NULL,
        parent TEXT NOT NULL,
        asker TEXT NOT NULL,
        peer TEXT NOT NULL,
        workspace_id TEXT NOT NULL,
        depth INTEGER NOT NULL,
        path TEXT NOT NULL,
        session TEXT NOT NULL,
        started_at TEXT NOT NULL,
        deadline TEXT NOT NULL,
        kind TEXT NOT NULL,
        status TEXT NOT NULL,
        ended_at TEXT,
        tokens_input INTEGER,
        tokens_output INTEGER
    ) WITHOUT ROWID
    """,
    "CREATE INDEX asks_by_tree ON asks (tree_id, id)",
    "CREATE INDEX asks_under_way ON asks (peer, deadline) WHERE status = 'running'",
    "CREATE INDEX asks_roots ON asks (started_at) WHERE parent = ''",
    """
    CREATE TABLE tool_calls (
        id TEXT PRIMARY KEY,
        agent_id TEXT NOT NULL,
        workspace_id TEXT NOT NULL,
        tool TEXT NOT NULL,
        target TEXT NOT NULL,
        result TEXT NOT NULL,
        code TEXT NOT NULL,
        ms INTEGER NOT NULL,
        request_id TEXT NOT NULL,
        tree_id TEXT NOT NULL,
        time TEXT NOT NULL
    ) WITHOUT ROWID
    """,
    "CREATE INDEX tool_calls_by_agent ON tool_calls (agent_id, id)",
    "CREATE INDEX tool_calls_by_workspace ON tool_calls (workspace_id, id)",
    "CREATE INDEX tool_calls_by_time ON tool_calls (time)",
)

_STEP_SESSIONS: Final[tuple[str, ...]] = (
    """
    CREATE TABLE sessions (
        id_sha256 TEXT PRIMARY KEY,
        owner TEXT NOT NULL,
        proof TEXT NOT NULL,
        user TEXT,
        created_at TEXT NOT NULL,
        seen_at TEXT NOT NULL,
        expires_at TEXT NOT NULL
    ) WITHOUT ROWID
    """,
    "CREATE INDEX sessions_by_owner ON sessions (owner, created_at)",
)

_STEPS: Final[tuple[tuple[str, ...], ...]] = (
    _STEP_1,
    _STEP_2,
    _STEP_3,
    _STEP_4,
    _STEP_5,
    _STEP_6,
    _STEP_DRIVE,
    _STEP_ASKS,
    CHANNEL_STEP,
    MAIL_STEP,
    _STEP_SESSIONS,
)
"""What each schema version adds to the one before. Never change a step that was released; add one."""


async def migrate(database: Database) -> None:
    """Bring the schema up to date, all of it or nothing.

    Raises:
        StorageError: The file was written by a newer router.
    """
    async with database.transaction() as transaction:
        ((found,),) = await transaction.read("PRAGMA user_version")
        version = int(found or 0)
        if version > len(_STEPS):
            raise StorageError(
                f"The database has schema version {version}, this router knows {len(_STEPS)}: "
                f"start the newer router again, or restore the backup made before the upgrade."
            )
        for step in _STEPS[version:]:
            for statement in step:
                await transaction.run(statement)
        await transaction.run(f"PRAGMA user_version = {len(_STEPS)}")
