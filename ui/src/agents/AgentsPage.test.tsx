import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";

import { refusal, show } from "../../dev/page";
import type { Agent, Session } from "../api/answers";
import AgentsPage from "./AgentsPage";

const agent = (id: string, display_name: string): Agent => ({
  id,
  workspace_id: "team-a",
  display_name,
  managed_by: "api",
  running: true,
  template: null,
  tools: [],
  delegates: [],
  gateway: null,
  llm: null,
  created_at: "2026-11-01T00:00:00Z",
  updated_at: "2026-11-01T00:00:00Z",
});
const USER: Session = { name: "eve", kind: "user", namespaces: ["team-a"], csrf: "t", expires_at: null };
const PERMISSIONS = "GET /api/v1/session/permissions";

test("an empty list says what to do, and offers it", async () => {
  show(<AgentsPage />, { "GET /api/v1/agents": { agents: [], next_cursor: null } });

  expect(await screen.findByText("No agent yet")).toBeVisible();
  expect(screen.getAllByRole("button", { name: "New agent" })).toHaveLength(2);
});

test("who may not create agents is not offered it", async () => {
  const { asked } = show(
    <AgentsPage />,
    { "GET /api/v1/agents": { agents: [], next_cursor: null }, [PERMISSIONS]: { verbs: ["get", "list"] } },
    { session: USER },
  );

  expect(await screen.findByText("No agent yet")).toBeVisible();
  await waitFor(() => {
    expect(asked.map(({ name }) => name)).toContain(PERMISSIONS);
  });
  expect(screen.queryByRole("button", { name: "New agent" })).toBeNull();
});

test("a person's figures are asked for by workspace, and what they may not do is not offered", async () => {
  const summary = { agents: [{ agent_id: "team-a.ava", tokens_total: 1_200_000, included_tokens: null }] };
  show(
    <AgentsPage />,
    {
      "GET /api/v1/agents": { agents: [agent("team-a.ava", "Ava")], next_cursor: null },
      [PERMISSIONS]: { verbs: ["get", "list"] },
      "GET /api/v1/usage/summary": (request: Request) =>
        new URL(request.url).searchParams.get("workspace_id") === "team-a"
          ? Response.json(summary)
          : refusal(403, "forbidden", "Name a workspace."),
    },
    { session: USER },
  );

  expect(await screen.findByText("1.2M tokens")).toBeVisible();
  expect(screen.queryByRole("button", { name: "Stop Ava" })).toBeNull();
});

test("every page of the list is fetched", async () => {
  show(<AgentsPage />, {
    "GET /api/v1/agents": (request: Request) =>
      new URL(request.url).searchParams.get("cursor") === "next"
        ? Response.json({ agents: [agent("team-a.bo", "Bo")], next_cursor: null })
        : Response.json({ agents: [agent("team-a.ava", "Ava")], next_cursor: "next" }),
  });

  expect(await screen.findByText("Ava")).toBeVisible();
  expect(screen.getByText("Bo")).toBeVisible();
});

test("markup in a name is shown as the text that it is", async () => {
  const name = "<img src=x onerror=alert(1)>";
  show(<AgentsPage />, { "GET /api/v1/agents": { agents: [agent("team-a.ava", name)], next_cursor: null } });

  expect(await screen.findByText(name)).toBeVisible();
  expect(document.querySelector("img[src=x]")).toBeNull();
});

test("a router that has a problem is named in plain words and can be asked again", async () => {
  let broken = true;
  show(<AgentsPage />, {
    "GET /api/v1/agents": () =>
      broken
        ? refusal(500, "internal_error", "KeyError: 'x'")
        : Response.json({ agents: [agent("team-a.ava", "Ava")], next_cursor: null }),
  });
  expect(await screen.findByText(/The router had a problem of its own/)).toBeVisible();

  broken = false;
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));

  expect(await screen.findByText("Ava")).toBeVisible();
});
