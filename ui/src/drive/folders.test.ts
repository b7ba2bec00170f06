import { expect, test } from "vitest";

import { crumbsOf, folderOf, takesFiles } from "./folders";

test("an agent's folder has its name without the workspace", () => {
  expect(folderOf("team-a.ava.two", "team-a")).toBe("/agents/ava.two/");
});

test("each folder on the way can be gone back to", () => {
  expect(crumbsOf("/agents/ava/reports/", "/agents/ava/")).toEqual([{ name: "reports", path: "/agents/ava/reports/" }]);
  expect(crumbsOf("/shared/", "/")).toEqual([{ name: "shared", path: "/shared/" }]);
  expect(crumbsOf("/", "/")).toEqual([]);
});

test.each([
  ["/", false],
  ["/agents/", false],
  ["/agents/ava/", true],
  ["/shared/", true],
  ["/shared/a/b/", true],
])("whether files may lie right in %s: %s", (path, takes) => {
  expect(takesFiles(path)).toBe(takes);
});
