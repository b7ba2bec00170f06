import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";

import { show } from "../../dev/page";
import type { Session } from "../api/answers";
import AuditPage from "./AuditPage";

const call = (id: string, target: string, result = "ok", code: string | null = null) => ({
  id,
  time: "2026-11-27T10:00:00+00:00",
  agent_id: "team-a.ava",
  workspace_id: "team-a",
  tool: "drive_read",
  target,
  result,
  code,
  ms: 12,
  request_id: "r",
  tree_id: null,
});
const AGENTS = {
  "GET /api/v1/agents": { agents: [{ id: "team-a.ava", workspace_id: "team-a", display_name: "Ava" }], next_cursor: null },
};
const counts = { requests: 1, tokens_total: 1_200, cost_total: 0.02, ms: 300 };

test("calls are listed with what they were about and how they went, a page at a time", async () => {
  show(<AuditPage />, {
    ...AGENTS,
    "GET /api/v1/audit": (request: Request) =>
      Response.json(
        new URL(request.url).searchParams.get("cursor") === "next"
          ? { calls: [call("1", "/shared/old.txt")], next_cursor: null }
          : { calls: [call("2", "<b>x</b>", "refused", "drive_read_only")], next_cursor: "next" },
      ),
  });

  expect(await screen.findByText("<b>x</b>")).toBeVisible();
  expect(screen.getByRole("cell", { name: /Refused.*You may read here and not write/ })).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Show more" }));
  expect(await screen.findByText("/shared/old.txt")).toBeVisible();
});

test("they are sought by agent and tool", async () => {
  const sought: Record<string, string>[] = [];
  show(<AuditPage />, {
    ...AGENTS,
    "GET /api/v1/audit": (request: Request) => {
      sought.push(Object.fromEntries(new URL(request.url).searchParams));
      return Response.json({ calls: [], next_cursor: null });
    },
  });
  expect(await screen.findByText("No call yet")).toBeVisible();
  await screen.findByRole("option", { name: "Ava" });
  await userEvent.selectOptions(screen.getByLabelText("Agent"), "Ava");
  await userEvent.selectOptions(screen.getByLabelText("Tool"), "Send mail");

  await waitFor(() => {
    expect(sought.at(-1)).toMatchObject({ agent_id: "team-a.ava", tool: "email_send" });
  });
  expect(sought[0]).not.toHaveProperty("agent_id");
});

test("a person is shown a workspace of theirs", async () => {
  const session: Session = { name: "eve", kind: "user", namespaces: ["team-a"], csrf: "t", expires_at: null };
  const sought: (string | null)[] = [];
  const audit = (request: Request) => {
    sought.push(new URL(request.url).searchParams.get("workspace_id"));
    return Response.json({ calls: [], next_cursor: null });
  };
  show(<AuditPage />, { ...AGENTS, "GET /api/v1/audit": audit }, { session });

  expect(await screen.findByText("No call yet")).toBeVisible();
  expect(sought).toEqual(["team-a"]);
});

test("who asked whom is opened all the way down", async () => {
  const head = { ...counts, tree_id: "t1", from: null, to: "team-a.ava", status: "ok", started_at: "2026-11-27T10:00:00Z" };
  const asks = [
    {
      ...counts,
      id: "a",
      from: null,
      to: "team-a.ava",
      status: "ok",
      asks: [{ ...counts, id: "b", from: "team-a.ava", to: "team-a.bo", status: "timeout", asks: [] }],
    },
  ];
  show(<AuditPage />, {
    ...AGENTS,
    "GET /api/v1/audit": { calls: [], next_cursor: null },
    "GET /api/v1/usage/trees": { trees: [head], next_cursor: null },
    "GET /api/v1/usage/trees/t1": { ...head, asks },
  });
  await userEvent.click(await screen.findByText("Agents asking agents"));
  await userEvent.click(await screen.findByText("A person → team-a.ava"));

  expect(await screen.findByText("team-a.ava → team-a.bo")).toBeVisible();
  expect(screen.getByText("Took too long")).toBeVisible();
});
