import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";

import { refusal, show } from "../../dev/page";
import type { Session } from "../api/answers";
import CreateAgent from "./CreateAgent";

const TEMPLATE = {
  name: "support-email",
  workspace_id: "vutler-system",
  shared: true,
  description: "Answers support mail politely.",
  recommended_tier: "economy",
  display_name: null,
  tools: ["email"],
  llm_config: null,
};
const BRINGS = { ...TEMPLATE, name: "coder", workspace_id: "team-b", shared: false, llm_config: "shared-key" };
const TIERS = {
  "GET /api/v1/usage/tiers": {
    tiers: [
      { id: "economy", name: "Starter", price_monthly: 5, description: "Mail.", overage_in_words: "" },
      { id: "standard", name: "Pro", price_monthly: 10, description: "Writing.", overage_in_words: "" },
    ],
  },
};
const NO_AGENTS = { "GET /api/v1/agents": { agents: [], next_cursor: null } };
const MADE = { id: "team-a.support-bot", display_name: "Support Bot" };
const onClose = () => undefined;

function wizard(answers: Record<string, object>, places: string[] | "all" = "all", session?: Session) {
  const shown = show(
    <CreateAgent places={places} onClose={onClose} />,
    { ...TIERS, ...NO_AGENTS, "GET /api/v1/templates": { templates: [TEMPLATE, BRINGS], cluster: true }, ...answers },
    session === undefined ? {} : { session },
  );
  const bodyOf = (name: string) => JSON.parse(shown.asked.find((one) => one.name === name)?.body ?? "null") as unknown;
  return { ...shown, bodyOf };
}

const next = () => userEvent.click(screen.getByRole("button", { name: "Continue" }));

test("a template, a name and a plan make one Agent of the cluster", async () => {
  const { bodyOf } = wizard({ "POST /api/v1/agents/resources": MADE });
  await userEvent.click(await screen.findByRole("radio", { name: /support-email/ }));
  await next();
  await userEvent.type(screen.getByLabelText("Name"), "Support Bot");
  await userEvent.clear(screen.getByLabelText("Namespace"));
  await userEvent.type(screen.getByLabelText("Namespace"), "team-a");
  expect(screen.getByText("Its id will be support-bot.")).toBeVisible();
  await next();
  expect(await screen.findByRole("radio", { name: /Starter/ })).toBeChecked();
  await userEvent.click(screen.getByRole("button", { name: "Create agent" }));

  expect(await screen.findByText("Support Bot is ready")).toBeVisible();
  expect(bodyOf("POST /api/v1/agents/resources")).toMatchObject({
    name: "support-bot",
    display_name: "Support Bot",
    workspace_id: "team-a",
    template: "support-email",
    llm: { managed: true, tier: "economy" },
  });
});

test("a template that brings its model settings leaves nothing to choose, and fixes the namespace", async () => {
  const { bodyOf } = wizard({ "POST /api/v1/agents/resources": MADE });
  await userEvent.click(await screen.findByRole("radio", { name: /coder/ }));
  await next();
  await userEvent.type(screen.getByLabelText("Name"), "Coder");
  expect(screen.getAllByRole("option").map((option) => option.textContent)).toEqual(["team-b"]);
  await next();
  expect(screen.getByText(/the LLMConfig shared-key/)).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Create agent" }));

  await screen.findByText("Support Bot is ready");
  expect(bodyOf("POST /api/v1/agents/resources")).toEqual({
    name: "coder",
    display_name: "Coder",
    workspace_id: "team-b",
    template: "coder",
  });
});

test("a key of one's own is asked for before anything is made", async () => {
  const { asked } = wizard({});
  await next();
  await userEvent.type(screen.getByLabelText("Name"), "Bo");
  await next();
  await userEvent.click(screen.getByRole("radio", { name: "My own key" }));
  await userEvent.selectOptions(screen.getByLabelText("Provider"), "openai");
  await userEvent.click(screen.getByRole("button", { name: "Create agent" }));

  expect(screen.getByText("A key is needed for this provider.")).toBeVisible();
  expect(asked.filter(({ name }) => name.startsWith("POST"))).toEqual([]);
});

test("without a cluster an agent is made that has a model, and its token is shown", async () => {
  const { bodyOf } = wizard({
    "GET /api/v1/templates": { templates: [], cluster: false },
    "POST /api/v1/agents": { ...MADE, token: "t-once" },
    "PUT /api/v1/agents/team-a.support-bot/llm-config": {},
  });
  expect(await screen.findByText(/No cluster is connected/)).toBeVisible();
  await next();
  await userEvent.type(screen.getByLabelText("Name"), "Support Bot");
  await next();
  await userEvent.click(screen.getByRole("button", { name: "Create agent" }));

  expect(await screen.findByText("t-once")).toBeVisible();
  expect(bodyOf("PUT /api/v1/agents/team-a.support-bot/llm-config")).toMatchObject({ managed: true, tier: "standard" });
});

test("what the cluster refuses is said, and one can go back and change it", async () => {
  wizard({ "POST /api/v1/agents/resources": () => refusal(400, "namespace_not_found", "No such namespace.") });
  await next();
  await userEvent.type(screen.getByLabelText("Name"), "Bo");
  await next();
  await userEvent.click(screen.getByRole("button", { name: "Create agent" }));
  expect(await screen.findByText(/There is no such namespace in the cluster/)).toBeVisible();

  await userEvent.click(screen.getByRole("button", { name: "Back" }));
  expect(screen.getByLabelText("Name")).toHaveValue("Bo");
});

test("a person chooses among the workspaces where they may create, and sees the templates of theirs", async () => {
  const session: Session = { name: "eve", kind: "user", namespaces: ["team-a", "team-b"], csrf: "t", expires_at: null };
  const { asked } = wizard({}, ["team-a"], session);
  await screen.findByRole("radio", { name: /support-email/ });
  expect(screen.getAllByRole("radio", { name: /support-email/ })).toHaveLength(1);
  await waitFor(() => {
    expect(asked.filter(({ name }) => name === "GET /api/v1/templates")).toHaveLength(2);
  });
  await next();

  expect(screen.getAllByRole("option").map((option) => option.textContent)).toEqual(["team-a"]);
});
