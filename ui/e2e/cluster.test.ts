import { afterAll, beforeAll, expect, test } from "vitest";

import { Cluster } from "./cluster";
import { until } from "./programs";
import { World } from "./world";

let cluster: Cluster;
let world: World;
let editor: string;
let reader: string;

const at = (name: string) => `/agents/${cluster.namespace}.${name}`;
const known = (name: string) =>
  until(
    () => world.api("GET", `/api/v1/agents/${cluster.namespace}.${name}`).catch(() => null),
    `the operator tells the router of ${name}`,
  );

beforeAll(async () => {
  cluster = new Cluster();
  world = await World.create(cluster);
  editor = cluster.person("ana", ["get", "list", "create", "update", "delete"]);
  reader = cluster.person("ben", ["get", "list"]);
  const template = { displayName: "Helper", systemPrompt: "You help.", tools: ["drive"] };
  cluster.apply("AgentTemplate", "helper", { spec: { description: "Helps.", recommendedTier: "economy", agent: template } });
  cluster.apply("Agent", "ava", { spec: { displayName: "Ava" } });
  cluster.apply("LLMConfig", "shared", { spec: { mode: "Managed", tier: "standard" } });
  cluster.apply("Agent", "bob", { spec: { displayName: "Bob", llmConfigRef: { name: "shared" } } });
  await world.api("POST", "/api/v1/agents", { id: "elsewhere.zarathustra", display_name: "Zarathustra" });
  await known("ava");
  await known("bob");
});

afterAll(async () => {
  await world.close();
});

test("a token of the cluster shows its namespace, and nothing of another", async () => {
  const page = await world.signedIn("/", { token: editor });

  await page.getByRole("link", { name: "Ava" }).waitFor();
  expect(await page.locator(".agent-row a").allInnerTexts()).toEqual(["Ava", "Bob"]);
  expect(await page.content()).not.toContain("Zarathustra");
  expect(await page.locator("nav.menu").innerText()).not.toMatch(/Routing|Providers/);
  await page.getByTitle(`system:serviceaccount:${cluster.namespace}:ana`).waitFor();
  expect(await world.look(page, "50-one-namespace")).toEqual([]);
  await page.goto(`${world.url}/agents/elsewhere.zarathustra`);
  await page.getByRole("alert").waitFor();
  expect(await page.content()).not.toContain("Zarathustra");
  await page.context().close();
});

test("stop and start are fields of the Agent, and the operator follows", async () => {
  const page = await world.signedIn(at("ava"), { token: editor });
  await page.getByRole("button", { name: "Stop Ava" }).click();

  await until(() => cluster.agent("ava").spec.running === false, "spec.running is false");
  await until(() => cluster.agent("ava").status?.phase === "Stopped", "the operator says Stopped");
  await page.getByRole("button", { name: "Start Ava" }).waitFor();
  expect(await world.look(page, "51-stopped")).toEqual([]);
  await page.getByRole("button", { name: "Start Ava" }).click();
  await until(() => cluster.agent("ava").spec.running === true, "spec.running is true");
  await until(() => cluster.agent("ava").status?.phase !== "Stopped", "the operator starts it");
  await page.context().close();
});

test("an agent made from a template is an Agent of the cluster", async () => {
  const page = await world.signedIn("/", { token: editor });
  await page.getByRole("button", { name: "New agent" }).first().click();
  await page.getByText("Helps.").click();
  expect(await world.look(page, "54-templates")).toEqual([]);
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Order Helper");
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByText("Starter").click();
  await page.getByRole("button", { name: "Create agent" }).click();

  await page.getByText("Order Helper is ready").waitFor();
  expect(cluster.agent("order-helper").spec).toMatchObject({
    displayName: "Order Helper",
    templateRef: { name: "helper" },
  });
  await page.getByRole("button", { name: "Open the agent" }).click();
  await page.getByRole("heading", { name: "Order Helper", level: 1 }).waitFor();
  await until(() => cluster.agent("order-helper").status?.phase !== undefined, "the operator takes it up");
  expect(await world.look(page, "55-made")).toEqual([]);
  await page.context().close();
});

test("settings of an LLMConfig are shown read-only, with the reason", async () => {
  const page = await world.signedIn(`${at("bob")}/llm`, { token: editor });

  await page.getByText(`They come from the LLMConfig ${cluster.namespace}/shared`).waitFor();
  expect(await page.getByRole("button", { name: "Save and test" }).count()).toBe(0);
  expect(await world.look(page, "52-read-only")).toEqual([]);
  await page.context().close();
});

test("who may only look cannot change anything", async () => {
  const page = await world.page();
  const rights = () => page.waitForResponse((response) => response.url().includes("/session/permissions"));
  await page.goto(`${world.url}${at("ava")}`);
  let known = rights();
  await world.signIn(page, reader);
  await known;
  await page.getByRole("heading", { name: "Ava", level: 1 }).waitFor();
  await world.settled(page);
  expect(await page.getByRole("button", { name: /^(Stop|Start) Ava$/ }).count()).toBe(0);

  known = rights();
  await page.goto(world.url);
  await known;
  await page.getByRole("link", { name: "Ava" }).waitFor();
  await world.settled(page);
  expect(await page.getByRole("button", { name: "New agent" }).count()).toBe(0);
  expect(await world.look(page, "53-reader")).toEqual([]);
  await page.context().close();
});

test("a token that the cluster does not know signs nobody in", async () => {
  const page = await world.page();
  await page.goto(world.url);
  await page.getByLabel("Token").fill(`${editor.slice(0, -8)}AAAAAAAA`);
  await page.getByRole("button", { name: "Sign in" }).click();

  await page.getByText("This token is not accepted.").waitFor();
  await page.context().close();
});

test("nothing was asked of anybody else, and the browser complained of nothing", () => {
  expect(world.strangers).toEqual([]);
  expect(world.complaints).toEqual([]);
});
