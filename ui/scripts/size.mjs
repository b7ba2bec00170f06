/** Measure what a first visit fetches, gzipped, for each page; more than 300 kB fails. `size.mjs [FOLDER]`, default dist. */
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";

const LIMIT = 300 * 1024;
const DIST = process.argv[2] ? pathToFileURL(`${process.argv[2]}/`) : new URL("../dist/", import.meta.url);
const PAGES = {
  "sign-in": ["src/session/SignIn.tsx"],
  "/": ["src/agents/AgentsPage.tsx"],
  "/agents/:id": ["src/agents/AgentPage.tsx", "src/agents/Overview.tsx"],
  "/agents/:id/llm": ["src/agents/AgentPage.tsx", "src/llm/LlmSettings.tsx"],
  "/agents/:id/chat": ["src/agents/AgentPage.tsx", "src/chat/Chat.tsx"],
  "/agents/:id/files": ["src/agents/AgentPage.tsx", "src/drive/AgentFiles.tsx"],
  "/agents/:id/usage": ["src/agents/AgentPage.tsx", "src/usage/AgentUsage.tsx"],
  "/usage": ["src/usage/UsagePage.tsx"],
  "/drive": ["src/drive/DrivePage.tsx"],
  "/audit": ["src/audit/AuditPage.tsx"],
  "/routing": ["src/routing/RoutingPage.tsx"],
  "/providers": ["src/providers/ProvidersPage.tsx"],
};
const ALWAYS = ["index.html", "theme.js", "rcx-styles.css", "favicon.svg"];

const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", DIST), "utf8"));

function gather(key, files) {
  const chunk = manifest[key];
  if (files.has(chunk.file)) return;
  for (const file of [chunk.file, ...(chunk.css ?? []), ...(chunk.assets ?? [])]) files.add(file);
  for (const other of chunk.imports ?? []) gather(other, files);
}

function sent(file) {
  const content = readFileSync(new URL(file, DIST));
  return file.endsWith(".woff2") ? content.length : gzipSync(content).length;
}

let worst = 0;
for (const [page, entries] of Object.entries(PAGES)) {
  const files = new Set(ALWAYS);
  for (const entry of ["index.html", ...entries]) gather(entry, files);
  const bytes = [...files].reduce((sum, file) => sum + sent(file), 0);
  worst = Math.max(worst, bytes);
  console.log(`${page.padEnd(20)} ${(bytes / 1024).toFixed(1).padStart(6)} kB`);
}
if (worst > LIMIT) {
  console.error(`A first visit may fetch ${LIMIT / 1024} kB at most.`);
  process.exitCode = 1;
}
