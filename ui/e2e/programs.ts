import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** Milliseconds; generous, for machines that are busy with other tests. */
const UP_WITHIN = 120_000;
const SOON = 30_000;
const MOMENT = 50;

export type Environment = Record<string, string>;

/** One of the project's Python programs as a process, with a folder of its own. */
export class Program {
  readonly folder = mkdtempSync(join(tmpdir(), "vutler-e2e-"));
  #child: ChildProcess | undefined;

  constructor(
    readonly module: string,
    readonly environment: Environment,
  ) {}

  /** Start it, or start it again on what it left; it counts as up when `up` says so. */
  async start(up: (said: string) => unknown, more: Environment = {}): Promise<void> {
    const log = openSync(this.#log, "a");
    const child = spawn(process.env.PYTHON ?? join(ROOT, ".venv/bin/python"), ["-m", this.module], {
      cwd: ROOT,
      stdio: ["ignore", log, log],
      env: {
        PATH: process.env.PATH,
        PYTHONPATH: [join(ROOT, "router"), join(ROOT, "operator")].join(":"),
        ...this.environment,
        ...more,
      },
    });
    this.#child = child;
    await until(
      () => {
        if (child.exitCode !== null) throw new Error(`${this.module} ended: ${this.said().slice(-2000)}`);
        return up(this.said());
      },
      () => `${this.module} is not up: ${this.said().slice(-2000)}`,
      UP_WITHIN,
    );
  }

  /** Everything that it printed since its first start. */
  said(): string {
    return readFileSync(this.#log, "utf8");
  }

  get #log(): string {
    return join(this.folder, "log");
  }

  async end(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const child = this.#child;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    await new Promise<void>((exited) => {
      child.once("exit", () => {
        exited();
      });
      child.kill(signal);
    });
  }

  async close(): Promise<void> {
    await this.end("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }
}

type Found<T> = Exclude<T, false | null | undefined>;

/** Look until there is something to be found; throws when there is not in time (in milliseconds). */
export async function until<T>(look: () => Promise<T> | T, what: string | (() => string), within = SOON): Promise<Found<T>> {
  const deadline = Date.now() + within;
  for (;;) {
    const found = await look();
    if (found) return found as Found<T>;
    if (Date.now() > deadline) throw new Error(typeof what === "string" ? `not in time: ${what}` : what());
    await new Promise((passed) => setTimeout(passed, MOMENT));
  }
}

export const answers = (url: string): Promise<boolean> =>
  fetch(url).then(
    (response) => response.ok,
    () => false,
  );

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  return typeof address === "object" && address !== null ? address.port : 0;
}
