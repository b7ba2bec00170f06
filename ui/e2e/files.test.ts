import { Buffer } from "node:buffer";

import { afterAll, beforeAll, expect, test } from "vitest";

import { World } from "./world";

let world: World;

const ID = "support.support-bot";
const EVIL = "<img src=x onerror=alert(1)>.html";
const LONG = `${"long-".repeat(40)}name.txt`;
const CONTENT = "<script>alert(1)</script>";

beforeAll(async () => {
  world = await World.create();
  await world.api("POST", "/api/v1/agents", { id: ID, display_name: "Support Bot" });
});

afterAll(async () => {
  await world.close();
});

test("files are uploaded, and names that are markup or very long stay text", async () => {
  const page = await world.signedIn("/drive?workspace=support");
  await page.getByText("No files here").waitFor();
  expect(await world.look(page, "60-no-files")).toEqual([]);
  const files = [EVIL, LONG].map((name) => ({ name, mimeType: "text/html", buffer: Buffer.from(CONTENT) }));
  await page.locator("input[type=file]").setInputFiles(files);

  await page.getByText("2 of 2 uploaded").waitFor();
  await page.getByRole("link", { name: `Download ${EVIL}` }).waitFor();
  expect(await page.locator("img[src=x]").count()).toBe(0);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  expect(await world.look(page, "61-files")).toEqual([]);

  const listed = await world.api<{ files: { name: string }[] }>(
    "GET",
    `/api/v1/drive/files?workspace_id=support&path=${encodeURIComponent("/shared/")}`,
  );
  expect(listed.files.map((file) => file.name).sort()).toEqual([EVIL, LONG].sort());
  const coming = page.waitForEvent("download");
  await page.getByRole("link", { name: `Download ${EVIL}` }).click();
  const chunks: Buffer[] = [];
  for await (const piece of await (await coming).createReadStream()) chunks.push(piece as Buffer);
  expect(Buffer.concat(chunks).toString()).toBe(CONTENT);
});

test("a page of the drive that is opened by itself runs nothing", async () => {
  const page = await world.signedIn("/drive?workspace=support");
  const link = await page.getByRole("link", { name: `Download ${EVIL}` }).getAttribute("href");
  const answer = await page.request.get(`${world.url}${link ?? ""}`);

  expect(answer.status()).toBe(200);
  expect(answer.headers()["content-disposition"]).toMatch(/^attachment/);
  expect(answer.headers()["x-content-type-options"]).toBe("nosniff");
});

test("a link to a file opens it to somebody who is not signed in", async () => {
  const page = await world.signedIn("/drive?workspace=support");
  await page.getByRole("button", { name: `Share ${EVIL}` }).click();
  await page.getByRole("button", { name: "Make a link" }).click();
  const link = await page.locator(".secret code").innerText();
  expect(await world.look(page, "65-share")).toEqual([]);

  const answer = await fetch(link);

  expect(answer.headers.get("content-security-policy")).toBe("sandbox");
  expect(await answer.text()).toBe(CONTENT);
});

test("a file is deleted after one said yes", async () => {
  const page = await world.signedIn("/drive?workspace=support");
  await page.getByRole("button", { name: `Delete ${LONG}` }).click();
  await page.getByText("Nothing brings it back.").waitFor();
  expect(await world.look(page, "62-delete")).toEqual([]);
  await page.getByRole("button", { name: "Delete", exact: true }).click();

  await page.getByRole("link", { name: `Download ${LONG}` }).waitFor({ state: "detached" });
  await page.getByRole("link", { name: `Download ${EVIL}` }).waitFor();
});

test("the audit says what there is, in words for people", async () => {
  const page = await world.signedIn("/audit");

  await page.getByText("No call yet").waitFor();
  expect(await world.look(page, "63-audit")).toEqual([]);
  await page.getByText("Agents asking agents").click();
  await page.getByText("Nobody asked anybody on this day").waitFor();
  expect(await world.look(page, "64-who-asked-whom")).toEqual([]);
});

test("nothing was asked of anybody else, and the browser complained of nothing", () => {
  expect(world.strangers).toEqual([]);
  expect(world.complaints).toEqual([]);
});
