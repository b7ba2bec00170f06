import { screen } from "@testing-library/react";
import { Outlet, Route, Routes } from "react-router";
import { expect, test } from "vitest";

import { show } from "../../dev/page";
import type { Agent } from "../api/answers";
import Overview from "./Overview";

const AGENT: Agent = {
  id: "team-a.ava",
  workspace_id: "team-a",
  display_name: "Ava",
  managed_by: "operator",
  running: true,
  template: null,
  tools: [],
  delegates: [],
  gateway: null,
  llm: null,
  created_at: "2026-11-01T00:00:00Z",
  updated_at: "2026-11-01T00:00:00Z",
};
const HEALTH = {
  agent_id: AGENT.id,
  status: "failing",
  running: true,
  live: false,
  ready: false,
  phase: "Failed",
  reason: "ImagePullBackOff",
  message: "",
  since: null,
};
const STORY = {
  agent_id: AGENT.id,
  exists: true,
  doubt: "",
  phase: "Failed",
  observed: true,
  llm_config: null,
  llm_read_only: null,
  ready_since: null,
  conditions: [
    { type: "ConfigValid", status: "True", reason: "ConfigValid", message: "", since: null },
    { type: "Ready", status: "False", reason: "ImagePullBackOff", message: "<b>pull</b>: denied", since: null },
    { type: "Novel", status: "Unknown", reason: "Whatever", message: "", since: null },
  ],
  events: [
    { type: "Warning", reason: "BackOff", message: "Back-off pulling image", count: 7, last_seen: "2026-11-27T10:00:00Z" },
  ],
};

function overview(story: object, health: object = HEALTH) {
  show(
    <Routes>
      <Route element={<Outlet context={AGENT} />}>
        <Route path="*" element={<Overview />} />
      </Route>
    </Routes>,
    {
      "GET /api/v1/agents/team-a.ava/health": health,
      "GET /api/v1/agents/team-a.ava/resource": story,
      "GET /api/v1/usage/tiers": { tiers: [] },
    },
  );
}

test("conditions are sentences, with the operator's words at hand as the text that they are", async () => {
  overview(STORY);

  expect(await screen.findByText("It does not answer")).toBeVisible();
  expect(screen.getByText("Its settings are in order")).toBeVisible();
  expect(screen.getByText("Novel: Unknown")).toBeVisible();
  expect(screen.getByText("<b>pull</b>: denied")).toBeInTheDocument();
});

test("events are told with how often they happened", async () => {
  overview(STORY);

  expect(await screen.findByText("Back-off pulling image")).toBeVisible();
  expect(screen.getByText("7 times")).toBeVisible();
});

test("how long it has been up is said while it is up, and not else", async () => {
  const since = new Date(Date.now() - 3 * 86_400_000 - 60_000).toISOString();
  overview({ ...STORY, ready_since: since }, { ...HEALTH, status: "alive", ready: true, live: true });

  expect(await screen.findByText("3 days")).toBeVisible();
});

test("why the cluster could not be asked is said in place of a story", async () => {
  overview({ ...STORY, exists: false, doubt: "The API server does not answer.", conditions: [], events: [] });

  expect(await screen.findByText("The API server does not answer.")).toBeVisible();
  expect(screen.queryByText("Conditions")).toBeNull();
});
