"""What an Agent may not say of itself; the part about its pod is in `runtime_cases`."""

from tests.contract.crds.case import Case, Spec

SECRET_KEY = {"name": "weather-mcp", "key": "authorization"}
SKILL_FILE = {"configMapKeyRef": {"name": "skills", "key": "refunds.md"}}


def server(**fields: object) -> Spec:
    """Return a spec with one MCP server."""
    return {"mcpServers": {"weather": fields}}


def header(name: str) -> Spec:
    """Return a spec with one header of an MCP server."""
    return server(url="https://mcp.example.com", headersFrom=[{"name": name, "secretKeyRef": SECRET_KEY}])


AGENT_ONLY = (
    Case(
        "its name is longer than its Service may be called",
        "", "metadata.name", "at most 52 characters", {}, name="a" * 53,
    ),
    Case("its name has a dot", "", "metadata.name", "a DNS label", {}, name="ava.team"),
    Case("it delegates to itself", "", "spec.delegates", "remove its own name", {"delegates": [{"name": "ava"}]}),
    Case(
        "its volume shrinks",
        "spec.storage", "spec.storage.size", "can only grow",
        {"storage": {"size": "4Gi"}}, before={"storage": {"size": "5Gi"}},
    ),
    Case(
        "its volume changes class",
        "spec.storage.storageClassName", "spec.storage.storageClassName", "keep storageClassName",
        {"storage": {"storageClassName": "fast"}}, before={"storage": {"storageClassName": "slow"}},
    ),
)  # fmt: skip

AGENT = (
    Case(
        "its prompt is both text and file",
        "spec", "spec.systemPromptFrom", "not both",
        {"systemPrompt": "Hello", "systemPromptFrom": {"configMapKeyRef": {"name": "prompts", "key": "ava.md"}}},
    ),
    Case(
        "an MCP server takes the platform's name",
        "spec.mcpServers", "spec.mcpServers", "give this MCP server another name",
        {"mcpServers": {"platform": {"url": "https://mcp.example.com"}}},
    ),
    Case(
        "an MCP server's name has a space",
        "spec.mcpServers", "spec.mcpServers", "at most 32 letters",
        {"mcpServers": {"my weather": {"url": "https://mcp.example.com"}}},
    ),
    Case(
        "an MCP server is not reached by HTTP",
        "spec.mcpServers.*.url", "spec.mcpServers.weather.url", "http://host/path or https://host/path",
        server(url="ftp://mcp.example.com"),
    ),
    Case(
        "an MCP server's port does not exist",
        "spec.mcpServers.*.url", "spec.mcpServers.weather.url", "from 1 to 65535",
        server(url="https://mcp.example.com:70000"),
    ),
    Case(
        "an MCP server's address holds a password",
        "spec.mcpServers.*.url", "spec.mcpServers.weather.url", "put the credential in a Secret",
        server(url="https://user:secret@mcp.example.com"),
    ),
    Case(
        "a header has a space in its name",
        "spec.mcpServers.*.headersFrom.[].name", "spec.mcpServers.weather.headersFrom[0].name", "for example 'Authoriz",
        header("X Api Key"),
    ),
    Case(
        "ephemeral storage names a storage class",
        "spec.storage", "spec.storage.storageClassName", "remove one of the two",
        {"storage": {"ephemeral": True, "storageClassName": "fast"}},
    ),
    Case(
        "its volume's size is no quantity",
        "spec.storage.size", "spec.storage.size", "for example 5Gi",
        {"storage": {"size": "5 gigabytes"}},
    ),
    *(
        Case(f"a skill is {what}", "spec.skills.*", field, says, {"skills": {"refunds": value}}, keyword=keyword)
        for what, value, keyword, field, says in (
            ("an empty text", "", "minLength", "spec.skills.refunds", "at least 1"),
            ("longer than a ConfigMap should hold", "a" * 32769, "maxLength", "spec.skills.refunds", "32768"),
            ("an object without a file", {"text": "Hi"}, "required", "spec.skills.refunds.configMapKeyRef", "Required"),
            ("a file and a text", {**SKILL_FILE, "text": "Hi"}, "maxProperties", "spec.skills.refunds", "at most 1"),
            ("a list", ["Hi"], "maxItems", "spec.skills.refunds", "at most 0"),
            ("an empty list", [], "minItems", "spec.skills.refunds", "at least 1"),
            ("the number 0", 0, "minimum", "spec.skills.refunds", "greater than or equal to 1"),
            ("the number 1", 1, "maximum", "spec.skills.refunds", "less than or equal to 0"),
            ("a yes or no", True, "not", "<nil>", "skills.refunds"),
        )
    ),
)  # fmt: skip
