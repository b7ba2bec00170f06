"""The platform's tools for agents, as an MCP server at /mcp."""
