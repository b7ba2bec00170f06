import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";

import { show } from "../../dev/page";
import type { ModelSettings } from "../api/answers";
import { SettingsForm } from "./SettingsForm";

const NONE: ModelSettings = {
  managed: false,
  source: null,
  parameters: {},
  routing: null,
  limits: null,
  provider: null,
  model: null,
  hasKey: false,
  custom_endpoint: null,
  fallbacks: [],
};
const OPENAI: ModelSettings = { ...NONE, provider: "openai", model: "gpt-4o", hasKey: true };
const AT = "/api/v1/agents/team-a.ava";
const TIERS = {
  tiers: [
    { id: "economy", name: "Starter", price_monthly: 5, description: "For mail.", overage_in_words: "Then $2." },
    { id: "standard", name: "Pro", price_monthly: 10, description: "For writing.", overage_in_words: "Then $3." },
  ],
};
const REFUSED = {
  ok: false,
  latency_ms: 90,
  provider: "openai",
  model: "gpt-4o",
  error: "OpenAI refuses the key (HTTP 401).",
  code: "provider_key_refused",
  credits: null,
};
const FINE = { ...REFUSED, ok: true, error: null, code: null };

function form(settings: ModelSettings, trial: object = FINE, saved: ModelSettings = settings) {
  return show(<SettingsForm agentId="team-a.ava" settings={settings} />, {
    "GET /api/v1/usage/tiers": TIERS,
    [`PUT ${AT}/llm-config`]: saved,
    [`POST ${AT}/llm-test`]: trial,
  });
}

test("nothing is sent while the key is missing", async () => {
  const { asked } = form(NONE);
  await userEvent.click(screen.getByRole("radio", { name: /My own key/ }));
  await userEvent.selectOptions(screen.getByLabelText("Provider"), "anthropic");
  await userEvent.click(screen.getByRole("button", { name: "Save and test" }));

  expect(screen.getByText("A key is needed for this provider.")).toBeVisible();
  expect(asked.some(({ name }) => name.startsWith("PUT"))).toBe(false);
});

test("a key that is refused is explained, with the router's words at hand", async () => {
  form(OPENAI, REFUSED);
  await userEvent.click(screen.getByRole("button", { name: "Save and test" }));

  expect(await screen.findByText(/The provider does not accept this API key/)).toBeVisible();
  expect(screen.getByText("OpenAI refuses the key (HTTP 401).")).toBeInTheDocument();
});

test("a saved key is said to be saved and is not sent again", async () => {
  const { asked } = form(OPENAI);
  expect(screen.getByText(/A key is saved/)).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Save and test" }));

  expect(await screen.findByText("It works.")).toBeVisible();
  const put = asked.find(({ name }) => name.startsWith("PUT"));
  expect(JSON.parse(put?.body ?? "{}")).toMatchObject({ provider: "openai", api_key: null });
});

test("on a plan neither the cards nor the answer name a model", async () => {
  const plan: ModelSettings = { ...NONE, managed: true, tier: "standard" };
  form(NONE, FINE, plan);
  await userEvent.click(await screen.findByRole("radio", { name: /Pro/ }));
  await userEvent.click(screen.getByRole("button", { name: "Save and test" }));

  expect(await screen.findByText(/The plan answered in/)).toBeVisible();
  expect(document.body).not.toHaveTextContent("gpt-4o");
});
