import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Outlet, Route, Routes } from "react-router";
import { expect, test } from "vitest";

import { show } from "../../dev/page";
import type { Agent, Session } from "../api/answers";
import Chat from "./Chat";

const AGENT = { id: "team-a.ava", workspace_id: "team-a", display_name: "Ava", gateway: null } as Agent;
const USAGE = { tokens_input: 10, tokens_output: 2, tokens_total: 12 };
const WHOLE = { content: "Hello.", provider: "echo", model: "echo", usage: USAGE, cost_total: 0.0004 };

const events = (...datas: string[]) => new Response(datas.map((data) => `data: ${data}\n\n`).join(""));

function chat(answers: (() => Response)[], session?: Session, more: Record<string, object> = {}) {
  return show(
    <Routes>
      <Route element={<Outlet context={AGENT} />}>
        <Route path="*" element={<Chat />} />
      </Route>
    </Routes>,
    {
      "POST /api/v1/agents/team-a.ava/chat": () => answers.shift()?.() ?? Response.error(),
      "GET /api/v1/session/permissions": { verbs: ["get", "list"] },
      ...more,
    },
    session === undefined ? {} : { session },
  );
}

async function speak(message: string) {
  await userEvent.type(screen.getByLabelText("Message"), `${message}{Enter}`);
}

test("an answer says what it took and what it cost", async () => {
  chat([() => events('{"delta":"Hello."}', JSON.stringify(WHOLE), "[DONE]")]);
  await speak("Hi");

  expect(await screen.findByText("12 tokens · $0.0004")).toBeVisible();
});

test("what an agent itself took is told as soon as it is added up", async () => {
  const tree = { tree_id: "tree_1", requests: 2, ...USAGE, cost_total: 0.0004, asks: [] };
  const said = { ...WHOLE, usage: null, cost_total: null, tree_id: "tree_1" };
  chat([() => events('{"delta":"Hello."}', JSON.stringify(said), "[DONE]")], undefined, {
    "GET /api/v1/usage/trees/tree_1": tree,
  });
  await speak("Hi");

  expect(await screen.findByText("12 tokens · $0.0004", {}, { timeout: 5_000 })).toBeVisible();
});

test("an answer that broke off stays, and the same question is asked once more at a click", async () => {
  const { asked } = chat([
    () => events('{"delta":"Half of"}'),
    () => events('{"delta":"Hello."}', JSON.stringify({ ...WHOLE, cost_total: null }), "[DONE]"),
  ]);
  await speak("Hi");
  expect(await screen.findByText(/The connection to the router broke off/)).toBeVisible();
  expect(screen.getByText("Half of")).toBeVisible();

  await userEvent.click(screen.getByRole("button", { name: "Try again" }));

  expect(await screen.findByText("12 tokens")).toBeVisible();
  expect(screen.queryByText("Half of")).toBeNull();
  expect(JSON.parse(asked[1]?.body ?? "{}")).toMatchObject({ messages: [{ role: "user", content: "Hi" }] });
});

test("who may only look at an agent is told why they cannot talk to it", async () => {
  chat([], { name: "eve", kind: "user", namespaces: ["team-a"], csrf: "t", expires_at: null });

  expect(await screen.findByText(/You may look at this agent and not talk to it/)).toBeVisible();
  expect(screen.queryByLabelText("Message")).toBeNull();
});
