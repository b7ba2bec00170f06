import { expect, test } from "vitest";

import { idPart, isNamespace } from "./names";

test.each([
  ["Support Bot", "support-bot"],
  ["  Éva & Zoë! ", "eva-zoe"],
  ["!!!", ""],
  ["a".repeat(80), "a".repeat(63)],
])("the name %j becomes %j in an id", (name, id) => {
  expect(idPart(name)).toBe(id);
});

test.each([
  ["team-a", true],
  ["Team", false],
  ["-a", false],
  ["", false],
])("whether %j names a namespace: %s", (name, is) => {
  expect(isNamespace(name)).toBe(is);
});
