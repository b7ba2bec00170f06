import { fireEvent, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";

import { show } from "../../dev/page";
import { FakeUploads } from "../../dev/uploads";
import DrivePage from "./DrivePage";

const FILES = "GET /api/v1/drive/files";
const AGENTS = { "GET /api/v1/agents": { agents: [{ id: "team-a.ava", workspace_id: "team-a" }], next_cursor: null } };
const A_FILE = { id: "1", name: "a.txt", path: "/shared/a.txt", size: 5, created_at: "2026-11-27T10:00:00.000Z" };
const folder = (files: object[]) => ({ path: "/shared/", folders: [], files, next_cursor: null });

test("a link is made when one asks for it, and never before", async () => {
  const share = "POST /api/v1/drive/files/1/share";
  const { asked } = show(<DrivePage />, {
    ...AGENTS,
    [FILES]: folder([A_FILE]),
    [share]: { url: "/api/v1/drive/shared/abc", expires_at: "2026-12-04T10:00:00+00:00" },
  });
  await userEvent.click(await screen.findByRole("button", { name: "Share a.txt" }));
  expect(asked.some(({ name }) => name === share)).toBe(false);

  await userEvent.click(screen.getByRole("button", { name: "Make a link" }));

  expect(await screen.findByText(`${location.origin}/api/v1/drive/shared/abc`)).toBeVisible();
});

test("what is used of a quota is shown, and a file that is too large is not sent", async () => {
  const wire = FakeUploads.install();
  const room = { workspace_id: "team-a", used: 900, quota: 1_000, agent_id: null, agent_used: null, agent_quota: null };
  show(<DrivePage />, {
    ...AGENTS,
    [FILES]: folder([]),
    "GET /api/v1/drive/room": { ...room, largest_file: 4 },
  });
  expect(await screen.findByText("900 bytes of 1 kB used")).toBeVisible();

  const zone = screen.getByText("No files here").closest("section");
  const files = [new File(["12345"], "large.txt")];
  fireEvent.drop(zone ?? document.body, { dataTransfer: { types: ["Files"], files, items: [] } });

  expect(await screen.findByText(/larger than this platform takes/)).toBeVisible();
  expect(wire.requests).toEqual([]);
});
