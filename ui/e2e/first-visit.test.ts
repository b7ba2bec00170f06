import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Page } from "playwright-core";

import { until } from "./programs";
import { RIGHT_KEY } from "./provider";
import { World } from "./world";

let world: World;
let page: Page;

const ID = "support.support-bot";
const EVIL = '<img src=x onerror="document.title=`owned`"><b>bold</b>';

/** Two trials of settings and a message of the chat. */
const ASKED = 3;

interface Summary {
  tokens_total: number;
  requests: number;
  agents: { agent_id: string; tokens_total: number }[];
}

beforeAll(async () => {
  world = await World.create();
  page = await world.page();
});

afterAll(async () => {
  await world.close();
});

describe("from the first visit to an answered chat", () => {
  test("a wrong token is refused in plain words", async () => {
    await page.goto(world.url);
    await page.getByLabel("Token").fill("wrong");
    await page.getByRole("button", { name: "Sign in" }).click();

    await page.getByText("This token is not accepted.").waitFor();
    expect(await world.look(page, "01-sign-in")).toEqual([]);
  });

  test("the link that the router prints opens an empty list that says what to do, and leaves the address at once", async () => {
    await page.context().close();
    page = await world.page();
    await page.goto(world.firstLink);
    await page.getByLabel("Token").waitFor();
    const browser = await page.context().newCDPSession(page);
    const { entries } = await browser.send("Page.getNavigationHistory");
    expect(entries.map((entry) => entry.url).at(-1)).toBe(`${world.url}/`);
    expect(entries.filter((entry) => entry.url.includes(world.token))).toEqual([]);
    await page.getByRole("button", { name: "Sign in" }).click();

    await page.getByText("No agent yet").waitFor();
    expect(await world.look(page, "02-no-agent")).toEqual([]);
  });

  test("an agent is made in three steps and its token shown once", async () => {
    await page.getByRole("button", { name: "New agent" }).first().click();
    await page.getByText("Blank").waitFor();
    expect(await world.look(page, "03-create-from")).toEqual([]);
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByLabel("Name", { exact: true }).fill("Support Bot");
    await page.getByLabel("Namespace").fill("support");
    expect(await world.look(page, "04-create-name")).toEqual([]);
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByText("Starter").waitFor();
    await page.getByText("Starter").click();
    expect(await world.look(page, "05-create-plan")).toEqual([]);
    await page.getByRole("button", { name: "Create agent" }).click();

    await page.getByText("Support Bot is ready").waitFor();
    expect(await world.look(page, "06-create-done")).toEqual([]);
    await page.getByRole("button", { name: "Open the agent" }).click();
    await page.getByRole("heading", { name: "Support Bot", level: 1 }).waitFor();
    await page.getByText("No pod runs for it").waitFor();
    expect(await world.look(page, "07-overview")).toEqual([]);
  });

  test("a key that the provider refuses is an error in human words, and the right one works", async () => {
    await page.getByRole("link", { name: "LLM Settings" }).click();
    await page.getByText("My own key").click();
    await page.getByLabel("Provider", { exact: true }).selectOption("openai");
    await page.getByRole("button", { name: "Save and test" }).click();
    await page.getByText("A key is needed for this provider.").waitFor();
    await page.getByLabel("API key").fill("sk-wrong-0123456789");
    await page.getByLabel("Model").fill("gpt-4o-mini");
    await page.getByRole("button", { name: "Save and test" }).click();

    await page.getByText("The provider does not accept this API key.").waitFor();
    expect(await world.look(page, "08-wrong-key")).toEqual([]);

    await page.getByLabel("API key").fill(RIGHT_KEY);
    await page.getByRole("button", { name: "Save and test" }).click();
    await page.getByText("It works.").waitFor();
    await page.getByText("A key is saved.").waitFor();
    expect(await page.content()).not.toContain(RIGHT_KEY);
    expect(await world.look(page, "09-right-key")).toEqual([]);
  });

  test("a plan is chosen from three cards that name no model", async () => {
    await page.getByText("A plan", { exact: false }).first().click();
    await page.getByText("Popular").waitFor();
    await page.locator(".plan", { hasText: "Pro" }).click();
    expect(await page.locator(".plans").innerText()).not.toMatch(/gpt|claude|mistral|minimax/i);
    await page.getByRole("button", { name: "Save and test" }).click();

    await page.getByText("The plan answered in").waitFor();
    expect(await world.look(page, "10-plan")).toEqual([]);
  });

  test("the chat is answered, and markup in the answer stays text", async () => {
    await page.getByRole("link", { name: "Chat" }).click();
    await page.getByLabel("Message").fill(EVIL);
    await page.getByLabel("Message").press("Enter");

    await page.getByText(/\d+ tokens/).waitFor();
    expect(await page.locator(".turn:not(.turn-mine) .turn-text").innerText()).toContain(EVIL);
    expect(await page.locator(".turn-text b, .turn-text img").count()).toBe(0);
    expect(await page.title()).toBe("Support Bot · Vutler");
    expect(await world.look(page, "11-chat")).toEqual([]);
  });

  test("it is stopped and started", async () => {
    await page.getByRole("button", { name: "Stop Support Bot" }).click();
    await page.getByRole("button", { name: "Start Support Bot" }).waitFor();
    const stopped = await world.api<{ running: boolean }>("GET", `/api/v1/agents/${ID}`);
    expect(stopped.running).toBe(false);

    await page.getByRole("button", { name: "Start Support Bot" }).click();
    await page.getByRole("button", { name: "Stop Support Bot" }).waitFor();
  });

  test("the usage shown is what the API says", async () => {
    const said = await until(async () => {
      const summary = await world.api<Summary>("GET", "/api/v1/usage/summary?period=month");
      return summary.requests >= ASKED && summary;
    }, "what was asked is counted");
    await page.goto(`${world.url}/usage`);

    await page.getByRole("heading", { name: "By agent" }).waitFor();
    expect(said.agents.map((agent) => agent.agent_id)).toEqual([ID]);
    expect(said.agents[0]?.tokens_total).toBeGreaterThan(0);
    expect(await page.locator(".bar-figure").allInnerTexts()).toEqual(said.agents.map((agent) => String(agent.tokens_total)));
    expect(await page.locator(".tile-figure").first().innerText()).toBe(String(said.tokens_total));
    await page.getByText("As a table").click();
    expect(await page.locator(".chart-table tbody").innerText()).toContain(String(said.tokens_total));
    expect(await world.look(page, "12-usage")).toEqual([]);
  });

  test("a sentence is explained, and a category is given models", async () => {
    await page.goto(`${world.url}/routing`);
    await page.getByLabel("What somebody might say").fill("Write a Python function that sorts a list");
    await page.getByRole("button", { name: "Which model?" }).click();
    await page.getByRole("heading", { name: "Why" }).waitFor();
    await page.getByRole("button", { name: "Edit the models of code" }).click();
    await page.getByLabel("Models, the first choice on top").fill("openai/gpt-4o-mini");
    await page.getByRole("button", { name: "Save" }).click();

    await page.locator(".category code", { hasText: "openai/gpt-4o-mini" }).waitFor();
    expect(await world.look(page, "13-routing")).toEqual([]);
  });

  test("the providers page names what is left alone, and why", async () => {
    await page.goto(`${world.url}/providers`);

    await page.getByRole("heading", { name: "Breakers" }).waitFor();
    expect(await world.look(page, "14-providers")).toEqual([]);
  });

  test("nothing was asked of anybody else, and the browser complained of nothing", () => {
    expect(world.strangers).toEqual([]);
    expect(world.complaints).toEqual([]);
  });
});
