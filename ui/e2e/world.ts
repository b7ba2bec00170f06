import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import type Axe from "axe-core";
import { type Browser, chromium, type Page } from "playwright-core";

import type { Cluster } from "./cluster";
import { answers, type Environment, freePort, Program } from "./programs";
import { startProvider } from "./provider";

const AXE = readFileSync(new URL("../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const PICTURES = process.env.DASHBOARD_SCREENSHOTS ?? fileURLToPath(new URL("../../build/screenshots/", import.meta.url));
const PATIENCE = 30_000;
/** What the browser says in its console of answers that the tests ask for. */
const EXPECTED = /status of (400|401|403|404|409|422|503)/;

interface Look {
  language?: string;
  width?: number;
  height?: number;
  dark?: boolean;
}

/** A real router with its dashboard, a provider on a socket of its own, and a real browser. */
export class World {
  readonly #closing: (() => unknown)[] = [];
  router!: Program;
  url = "";
  /** The link that the router prints at its first start. */
  firstLink = "";
  browser!: Browser;
  /** Addresses outside of the router that a page asked for. */
  readonly strangers: string[] = [];
  /** What the browser's console said was wrong. */
  readonly complaints: string[] = [];
  #token = "";

  static async create(cluster: Cluster | null = null, environment: Environment = {}): Promise<World> {
    const world = new World();
    try {
      await world.#open(cluster, environment);
    } catch (error) {
      await world.close();
      throw error;
    }
    return world;
  }

  get token(): string {
    return this.#token;
  }

  async #open(cluster: Cluster | null, environment: Environment): Promise<void> {
    const provider = await startProvider();
    this.#closing.push(() => {
      provider.server.closeAllConnections();
      provider.server.close();
    });
    const port = String(await freePort());
    this.url = `http://127.0.0.1:${port}`;
    this.router = new Program("vutler_router", {
      ROUTER_HOST: "127.0.0.1",
      ROUTER_PORT: port,
      MANAGED_LLM_PROVIDER: "echo",
      PROVIDER_URL_OPENAI: provider.url,
      ROUTING_MODE: "Keywords",
      ...(process.env.ROUTER_UI_DIR === undefined ? {} : { ROUTER_UI_DIR: process.env.ROUTER_UI_DIR }),
      ...environment,
      ...(cluster === null ? { ROUTER_CLUSTER: "off" } : { ROUTER_CLUSTER: "auto", KUBECONFIG: cluster.routersAccount }),
    });
    this.#closing.push(() => this.router.close());
    await this.startRouter();
    const front = await (await fetch(this.url)).text();
    if (!front.includes('id="root"')) throw new Error("the router serves no dashboard: build it with `make ui`");
    this.firstLink = /Sign in: (\S+)/.exec(this.router.said())?.[1] ?? "";
    this.#token = new URLSearchParams(new URL(this.firstLink).hash.slice(1)).get("token") ?? "";
    if (cluster !== null) await this.#startOperator(cluster);
    await this.#startBrowser();
    mkdirSync(PICTURES, { recursive: true });
  }

  /** Start the router, or start it again where it was. */
  async startRouter(more: Environment = {}): Promise<void> {
    if (more.ROUTER_ADMIN_TOKEN !== undefined) this.#token = more.ROUTER_ADMIN_TOKEN;
    const data = join(this.router.folder, "data");
    await this.router.start(() => answers(`${this.url}/readyz`), { ROUTER_DATA_DIR: data, ...more });
  }

  async #startOperator(cluster: Cluster): Promise<void> {
    const operator = new Program("vutler_operator", {
      KUBECONFIG: cluster.kubeconfig,
      ROUTER_URL: this.url,
      ROUTER_ADMIN_TOKEN: this.#token,
      WATCH_NAMESPACES: cluster.namespace,
      OPERATOR_NAMESPACE: cluster.namespace,
      TEMPLATES_NAMESPACE: cluster.namespace,
      OPERATOR_PORT: "0",
      POD_ID: "operator",
    });
    this.#closing.push(() => operator.close());
    await operator.start((said) => said.includes('"port": '));
  }

  async #startBrowser(): Promise<void> {
    this.browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
    });
    this.#closing.push(() => this.browser.close());
  }

  async close(): Promise<void> {
    for (const close of this.#closing.reverse()) await close();
  }

  async page(look: Look = {}): Promise<Page> {
    const context = await this.browser.newContext({
      locale: look.language ?? "en-US",
      viewport: { width: look.width ?? 1280, height: look.height ?? 800 },
      colorScheme: look.dark === true ? "dark" : "light",
      reducedMotion: "reduce",
    });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    page.on("request", (request) => {
      if (!request.url().startsWith(this.url) && !/^(data|blob):/.test(request.url())) this.strangers.push(request.url());
    });
    page.on("console", (message) => {
      if (message.type() === "error" && !EXPECTED.test(message.text())) this.complaints.push(message.text());
    });
    page.on("pageerror", (error) => this.complaints.push(error.message));
    return page;
  }

  /** Sign in by the form, and go to a page; as the administrator, unless a token is given. */
  async signedIn(path = "/", look: Look & { token?: string } = {}): Promise<Page> {
    const page = await this.page(look);
    await page.goto(`${this.url}${path}`);
    await this.signIn(page, look.token ?? this.#token);
    return page;
  }

  async signIn(page: Page, token: string): Promise<void> {
    await page.locator("input[autocomplete=current-password]").fill(token);
    await page.locator(".signin button[type=submit]").click();
    await page.locator("nav.menu").waitFor();
  }

  /** Call the router's API as the administrator. */
  async api<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${String(response.status)} ${await response.text()}`);
    return (await response.json()) as T;
  }

  /** Wait until nothing is being loaded. */
  async settled(page: Page): Promise<void> {
    await page.locator("h1").first().waitFor();
    await page.locator(".loading").first().waitFor({ state: "detached" });
  }

  async picture(page: Page, name: string): Promise<void> {
    await page.screenshot({ path: join(PICTURES, `${name}.png`) });
  }

  /** Keep a picture of a page, and return what axe finds on it that is serious or worse, in words. */
  async look(page: Page, name: string): Promise<string[]> {
    await this.picture(page, name);
    return this.#barriers(page);
  }

  async #barriers(page: Page): Promise<string[]> {
    await page.evaluate(AXE);
    return page.evaluate(async () => {
      const { axe } = window as unknown as { axe: typeof Axe };
      const { violations } = await axe.run({ resultTypes: ["violations"] });
      return violations
        .filter((found) => found.impact === "serious" || found.impact === "critical")
        .map((found) => `${found.id}: ${found.nodes.map((node) => `${node.html} ${node.failureSummary ?? ""}`).join(" | ")}`);
    });
  }
}
