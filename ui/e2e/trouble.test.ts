import { afterAll, beforeAll, expect, test } from "vitest";

import { RIGHT_KEY, SLOWLY } from "./provider";
import { World } from "./world";

let world: World;

const ID = "support.support-bot";
const CHAT = `/agents/${ID}/chat`;
const CROWD = 1000;
const AT_ONCE = 50;
const EVIL = "<img src=x onerror=alert(1)><script>alert(1)</script>";

beforeAll(async () => {
  world = await World.create();
  await world.api("POST", "/api/v1/agents", { id: ID, display_name: "Support Bot" });
  const own = { provider: "openai", model: "gpt-4o-mini", api_key: RIGHT_KEY };
  await world.api("PUT", `/api/v1/agents/${ID}/llm-config`, own);
});

afterAll(async () => {
  await world.close();
});

test("on a slow network places are held, and nothing jumps when what they are held for comes", async () => {
  const page = await world.signedIn("/");
  const network = await page.context().newCDPSession(page);
  await network.send("Network.enable");
  const slow = { offline: false, latency: 400, downloadThroughput: 100_000, uploadThroughput: 50_000 };
  await network.send("Network.emulateNetworkConditions", slow);
  await page.addInitScript(() => {
    const seen = window as unknown as { jumped: number };
    seen.jumped = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) seen.jumped += (entry as unknown as { value: number }).value;
    }).observe({ type: "layout-shift", buffered: true });
  });
  await page.goto(`${world.url}/usage`);

  await page.locator(".loading").first().waitFor();
  expect(await world.look(page, "40-slow-network")).toEqual([]);
  await page.getByRole("heading", { name: "By agent" }).waitFor();
  expect(await page.evaluate(() => (window as unknown as { jumped: number }).jumped)).toBeLessThan(0.1);
  await page.context().close();
});

test("a router that dies in mid-stream leaves what it said, says so, and answers once it is back", async () => {
  const page = await world.signedIn(CHAT);
  await page.getByLabel("Message").fill(`Tell me ${SLOWLY}.`);
  await page.getByLabel("Message").press("Enter");
  await page.getByText(/word 5 /).waitFor();

  await world.router.end("SIGKILL");

  const answer = page.locator(".turn:not(.turn-mine)").first();
  await answer.getByRole("alert").waitFor();
  expect(await answer.locator(".turn-text").innerText()).toMatch(/word 1 word 2 .*word 5/);
  await world.startRouter();
  await page.getByLabel("Message").fill("And now?");
  await page.getByLabel("Message").press("Enter");
  await page.locator(".turn:not(.turn-mine)").nth(1).getByText("Hello.").waitFor();
  expect(await world.look(page, "41-router-died")).toEqual([]);
  await page.context().close();
});

test("a session that ends asks for a sign-in, and leaves what was being written where it was", async () => {
  const page = await world.signedIn(CHAT);
  await page.getByLabel("Message").fill("A long message.");
  await world.router.end();
  await world.startRouter({ ROUTER_ADMIN_TOKEN: "another-token-of-the-administrator" });
  await page.getByLabel("Message").press("Enter");

  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  expect(await world.look(page, "42-session-ended")).toEqual([]);
  await world.signIn(page, world.token);
  await page.getByText("A long message.").first().waitFor();
  expect(new URL(page.url()).pathname).toBe(CHAT);
  await page.context().close();
});

test("a thousand agents with the longest and worst of names scroll in a page of a few dozen", async () => {
  const names = Array.from({ length: CROWD }, (_, place) => `agent-${String(place).padStart(4, "0")}`);
  const create = (name: string) => {
    const shown = name === "agent-0000" ? `${EVIL}${"Long ".repeat(28).trim()}` : name;
    return world.api("POST", "/api/v1/agents", { id: `crowd.${name}`, display_name: shown });
  };
  for (let at = 0; at < names.length; at += AT_ONCE) await Promise.all(names.slice(at, at + AT_ONCE).map(create));
  const page = await world.signedIn("/");

  await page.getByText("1,001 of 1,001").waitFor();
  expect(await page.locator(".agent-row").count()).toBeLessThan(80);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  await page.getByText(EVIL, { exact: false }).waitFor();
  expect(await page.locator(".agent-row img[src=x], .agent-row script").count()).toBe(0);
  expect(await world.look(page, "43-thousand-agents")).toEqual([]);
  await page.getByLabel("Search agents").fill("0999");
  await page.getByText("1 of 1,001").waitFor();
  await page.getByRole("link", { name: "agent-0999" }).click();
  await page.getByRole("heading", { name: "agent-0999", level: 1 }).waitFor();
});

test("nothing was asked of anybody else, and the browser complained of nothing", () => {
  expect(world.strangers).toEqual([]);
  const beyondTheRestarts = world.complaints.filter((said) => !said.includes("net::ERR_"));
  expect(beyondTheRestarts).toEqual([]);
});
