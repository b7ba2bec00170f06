/** Write Fuselage's light and dark colours as a style sheet, so that no `<style>` has to be made in the browser. */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

import { JSDOM } from "jsdom";

const page = new JSDOM('<div id="root"></div>', { url: "http://palette.test/" });
Object.assign(globalThis, { window: page.window, document: page.window.document, navigator: page.window.navigator, HTMLElement: page.window.HTMLElement });
globalThis.CSSStyleSheet = page.window.CSSStyleSheet;

const require = createRequire(import.meta.url);
const { createElement } = require("react");
const { createRoot } = require("react-dom/client");
const { flushSync } = require("react-dom");
const { PaletteStyleTag } = require("@rocket.chat/fuselage");

function palette(theme, selector) {
  const root = createRoot(page.window.document.createElement("div"));
  flushSync(() => {
    root.render(createElement(PaletteStyleTag, { theme, selector, tagId: `palette-${theme}` }));
  });
  return page.window.document.getElementById(`palette-${theme}`).textContent.trim();
}

const { version } = JSON.parse(readFileSync(require.resolve("@rocket.chat/fuselage/package.json"), "utf8"));
const sheet = [
  `/* Written by "npm run palette" from the colours of Fuselage ${version}. */`,
  palette("light", ":root"),
  palette("dark", ':root[data-theme="dark"]'),
];
writeFileSync(new URL("../src/theme/palette.css", import.meta.url), `${sheet.join("\n")}\n`);
