import { expect, test } from "vitest";

import { narrowest } from "./narrowest";

const ROOM = { workspace_id: "team-a", agent_id: "team-a.ava", largest_file: 50 };

test.each([
  [{ used: 10, quota: null, agent_used: 5, agent_quota: null }, undefined],
  [{ used: 10, quota: 100, agent_used: 5, agent_quota: null }, { used: 10, quota: 100 }],
  [{ used: 10, quota: 100, agent_used: 5, agent_quota: 20 }, { used: 5, quota: 20 }],
  [{ used: 99, quota: 100, agent_used: 5, agent_quota: 20 }, { used: 99, quota: 100 }],
])("of %j counts %j", (room, limit) => {
  expect(narrowest({ ...ROOM, ...room })).toEqual(limit);
});
