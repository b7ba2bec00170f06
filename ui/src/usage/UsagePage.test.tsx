import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";

import { refusal, show } from "../../dev/page";
import UsagePage from "./UsagePage";

const FORECAST = { tokens_total: 4_000_000, cost_total: 0, overage_tokens: 0, price_total: 0, date_exceeded: null };
const counts = (tokens_total: number, cost_total = 0) => ({
  requests: 1,
  requests_failed: 0,
  requests_unpriced: 0,
  tokens_total,
  cost_total,
  price_total: 0,
});
const line = (name: string, tier: string | null, tokens: number, percent: number | null, cost = 0) => ({
  ...counts(tokens, cost),
  agent_id: `team-a.${name.toLowerCase()}`,
  display_name: name,
  tier,
  included_tokens: tier === null ? 0 : 5_000_000,
  percent,
  overage_tokens: 0,
  forecast: FORECAST,
});
const SUMMARY = {
  ...counts(3_700_000, 1.5),
  overage_tokens: 0,
  forecast: FORECAST,
  by_date: [{ ...counts(3_700_000), date: "2026-11-27" }],
  agents: [line("Ava", "standard", 1_200_000, 24), line("Bo", null, 2_500_000, null, 1.25)],
};
const STATEMENT = { month: "2026-11", closed: false, lines: [{ agent_id: "team-a.ava", price: 10 }], total: 10 };
const ANSWERS = {
  "GET /api/v1/usage/summary": SUMMARY,
  "GET /api/v1/usage/statement": STATEMENT,
  "GET /api/v1/usage/tiers": { tiers: [{ id: "standard", name: "Pro" }] },
};

test("each agent has a bar against its plan, and the last line adds up what is to be paid", async () => {
  show(<UsagePage />, ANSWERS);

  expect(await screen.findByText("24% of Pro")).toBeVisible();
  expect(screen.getByText("own key")).toBeVisible();
  expect(screen.getByRole("progressbar", { name: "Ava" })).toHaveAttribute("aria-valuenow", "24");
  const total = screen.getByText("Total").parentElement;
  expect(total).toHaveTextContent("3.7M tokens");
  expect(await within(total ?? document.body).findByText("$11.25")).toBeVisible();
});

test("who may not see the figures is told whom to ask", async () => {
  show(<UsagePage />, { ...ANSWERS, "GET /api/v1/usage/summary": () => refusal(403, "forbidden", "Admin only.") });

  expect(await screen.findByText(/You may not do this/)).toBeVisible();
});

test("a person is shown their workspace, and its figures as CSV", async () => {
  const asked: (string | null)[] = [];
  show(
    <UsagePage />,
    {
      ...ANSWERS,
      "GET /api/v1/agents": { agents: [], next_cursor: null },
      "GET /api/v1/usage/summary": (request: Request) => {
        asked.push(new URL(request.url).searchParams.get("workspace_id"));
        return Response.json(SUMMARY);
      },
    },
    { session: { name: "eve", kind: "user", namespaces: ["team-a", "team-b"], csrf: "t", expires_at: null } },
  );

  expect(await screen.findByText("24% of Pro")).toBeVisible();
  await userEvent.selectOptions(screen.getByLabelText("Workspace"), "team-b");
  await waitFor(() => {
    expect(asked).toEqual(["team-a", "team-b"]);
  });
  expect(screen.getByText("Download CSV").closest("a")).toHaveAttribute("href", expect.stringContaining("team-b"));
});

test("agents beyond those with a bar are counted, so that the total adds up", async () => {
  const crowd = Array.from({ length: 103 }, (_, place) => line(`A${String(place)}`, null, 1_000, null));
  show(<UsagePage />, { ...ANSWERS, "GET /api/v1/usage/summary": { ...SUMMARY, agents: crowd } });

  expect(await screen.findByText(/And 3 more agents with 3K tokens/)).toBeVisible();
});
