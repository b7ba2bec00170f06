import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { ABOUT_ORDERS, RIGHT_KEY } from "./provider";
import { World } from "./world";

let world: World;

const AT = "/agents/support.support-bot";
const PAGES: [string, string][] = [
  ["agents", "/"],
  ["overview", AT],
  ["llm", `${AT}/llm`],
  ["chat", `${AT}/chat`],
  ["files-of-one", `${AT}/files`],
  ["usage-of-one", `${AT}/usage`],
  ["usage", "/usage"],
  ["files", "/drive"],
  ["audit", "/audit"],
  ["routing", "/routing"],
  ["providers", "/providers"],
];
/** Icons are letters of a font, in the part of Unicode that belongs to nobody, and some that Fuselage took. */
const ICON = /[^\p{Letter} ]/gu;
/** What each used this month, as its provider says. */
const AGENTS: [string, string, number][] = [
  ["Support Bot", "economy", 1_200_000],
  ["Content Writer", "standard", 2_100_000],
  ["Code Helper", "premium", 400_000],
];

beforeAll(async () => {
  world = await World.create(null, { MANAGED_LLM_PROVIDER: "openai", MANAGED_LLM_KEY: RIGHT_KEY });
  for (const [name, tier, tokens] of AGENTS) {
    const id = `support.${name.toLowerCase().replace(" ", "-")}`;
    await world.api("POST", "/api/v1/agents", { id, display_name: name });
    await world.api("PUT", `/api/v1/agents/${id}/llm-config`, { managed: true, tier });
    await world.api("POST", `/api/v1/agents/${id}/chat`, { message: `Hello [${String(tokens)} tokens]` });
  }
});

afterAll(async () => {
  await world.close();
});

interface Screen {
  title: string;
  picture: string;
  look: Parameters<World["page"]>[0];
  /** Whether axe looks, too; colours and places are what differs. */
  audited: boolean;
}

test.each<Screen>([
  { title: "at a desk", picture: "desk", look: {}, audited: true },
  { title: "on a phone of 360 pixels", picture: "phone", look: { width: 360, height: 740 }, audited: true },
  { title: "in the dark", picture: "dark", look: { dark: true }, audited: true },
  { title: "in French, on a phone", picture: "french", look: { language: "fr-FR", width: 360, height: 740 }, audited: false },
])("every page fits, $title", async ({ picture, look, audited }) => {
  const page = await world.signedIn("/", look);
  for (const [name, path] of PAGES) {
    await page.goto(`${world.url}${path}`);
    await world.settled(page);

    if (audited) expect(await world.look(page, `${picture}-${name}`), name).toEqual([]);
    else await world.picture(page, `${picture}-${name}`);
    const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(beyond, name).toBeLessThanOrEqual(0);
  }
  await page.context().close();
});

describe("in other words and colours", () => {
  test("French is there for who reads it, and for who asks for it", async () => {
    const page = await world.signedIn("/", { language: "fr-FR" });
    await page.getByText("Jetons ce mois-ci").waitFor();
    await page.goto(`${world.url}${AT}/llm`);
    await page.getByText("Qui paie ses réponses").waitFor();
    expect(await page.locator("html").getAttribute("lang")).toBe("fr");

    const english = await world.signedIn(`${AT}/llm`);
    await english.getByText("Popular").waitFor();
    await english.locator("button[lang=fr]").click();
    await english.getByText("Qui paie ses réponses").waitFor();
    expect(await english.locator("html").getAttribute("lang")).toBe("fr");
  });

  test("it is dark where the system is, and light where somebody wants it", async () => {
    const page = await world.signedIn("/usage", { dark: true });
    await page.getByRole("heading", { name: "By agent" }).waitFor();
    const back = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const dark = await back();

    await page.getByRole("button", { name: "Switch to light" }).click();

    expect(await page.locator("html").getAttribute("data-theme")).toBe("light");
    expect(await back()).not.toBe(dark);
  });

  test("the keyboard reaches the menu, the page and its first action", async () => {
    const page = await world.signedIn("/");
    await world.settled(page);
    const reached: string[] = [];
    for (let steps = 0; steps < 20 && reached.at(-1) !== "New agent"; steps += 1) {
      await page.keyboard.press("Tab");
      const text = await page.evaluate(() => (document.activeElement as HTMLElement).innerText);
      reached.push(text.replace(ICON, "").trim());
    }

    expect(reached[0]).toBe("Skip to the content");
    expect(reached).toEqual(expect.arrayContaining(["Usage", "New agent"]));
  });

  test("a chat is told from left to right, with what each answer took", async () => {
    const page = await world.signedIn(`${AT}/chat`);
    await page.getByLabel("Message").fill("Where is my order 1182?");
    await page.getByLabel("Message").press("Enter");

    await page.getByText(ABOUT_ORDERS).waitFor();
    await page.getByText("5 tokens").waitFor();
    expect(await world.look(page, "desk-chat-answered")).toEqual([]);
  });

  test("nothing was asked of anybody else, and the browser complained of nothing", () => {
    expect(world.strangers).toEqual([]);
    expect(world.complaints).toEqual([]);
  });
});
