/** The platform's tools, as agents call them. */
export const TOOLS = [
  "agent_ask",
  "agents_list",
  "chat_channels",
  "chat_post",
  "chat_read",
  "drive_delete",
  "drive_list",
  "drive_read",
  "drive_write",
  "email_list",
  "email_read",
  "email_reply",
  "email_send",
  "usage_mine",
] as const;
