import { fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test } from "vitest";

import { refusal, show } from "../../dev/page";
import { FakeUploads } from "../../dev/uploads";
import type { Session } from "../api/answers";
import DrivePage from "./DrivePage";
import { uploads } from "./uploads";

const EVIL = "<img src=x onerror=alert(1)>.txt";
const FILES = "GET /api/v1/drive/files";
const file = (id: string, name: string) => ({
  id,
  name,
  path: `/shared/${name}`,
  size: 1_500_000,
  content_type: "text/plain",
  created_at: "2026-11-27T10:00:00.000Z",
  agent_id: null,
  workspace_id: "team-a",
});
const AGENTS = { "GET /api/v1/agents": { agents: [{ id: "team-a.ava", workspace_id: "team-a" }], next_cursor: null } };
const folder = (files: object[], folders: object[] = [], next_cursor: string | null = null) => ({
  path: "/shared/",
  folders,
  files,
  next_cursor,
});
const READER: Session = { name: "eve", kind: "user", namespaces: ["team-a"], csrf: "t", expires_at: null };

afterEach(() => {
  for (const { id } of uploads.list()) uploads.drop(id);
});

test("folders are opened, files are downloaded, and markup in a name is text", async () => {
  const asked: (string | null)[] = [];
  show(<DrivePage />, {
    ...AGENTS,
    [FILES]: (request: Request) => {
      const path = new URL(request.url).searchParams.get("path");
      asked.push(path);
      return Response.json(
        path === "/shared/" ? folder([file("1", EVIL)], [{ path: "/shared/may/", name: "may" }]) : folder([]),
      );
    },
  });

  const link = await screen.findByRole("link", { name: `Download ${EVIL}` });
  expect(link).toHaveAttribute("href", "/api/v1/drive/download/1?workspace_id=team-a");
  expect(document.querySelector("img[src=x]")).toBeNull();
  expect(screen.getByText("1.5 MB")).toBeVisible();

  await userEvent.click(screen.getByRole("button", { name: "may" }));
  expect(await screen.findByText("No files here")).toBeVisible();
  expect(asked).toEqual(["/shared/", "/shared/may/"]);
  await userEvent.click(screen.getByRole("button", { name: "shared" }));
  expect(await screen.findByText(EVIL)).toBeVisible();
});

test("a long folder is shown a page at a time", async () => {
  show(<DrivePage />, {
    ...AGENTS,
    [FILES]: (request: Request) =>
      Response.json(
        new URL(request.url).searchParams.get("cursor") === "next"
          ? folder([file("2", "b.txt")])
          : folder([file("1", "a.txt")], [], "next"),
      ),
  });
  await userEvent.click(await screen.findByRole("button", { name: "Show more" }));

  expect(await screen.findByText("b.txt")).toBeVisible();
  expect(screen.getByText("a.txt")).toBeVisible();
  expect(screen.queryByRole("button", { name: "Show more" })).toBeNull();
});

test("a file is deleted after one said yes, and never before", async () => {
  let there = true;
  const { asked } = show(<DrivePage />, {
    ...AGENTS,
    [FILES]: () => Response.json(folder(there ? [file("1", "a.txt")] : [])),
    "DELETE /api/v1/drive/files/1": () => {
      there = false;
      return new Response(null, { status: 204 });
    },
  });
  await userEvent.click(await screen.findByRole("button", { name: "Delete a.txt" }));
  expect(asked.some(({ name }) => name.startsWith("DELETE"))).toBe(false);

  await userEvent.click(screen.getByRole("button", { name: "Delete" }));

  expect(await screen.findByText("No files here")).toBeVisible();
});

test("who may only look is offered nothing else, and told why", async () => {
  show(
    <DrivePage />,
    {
      ...AGENTS,
      "GET /api/v1/session/permissions": { verbs: ["get", "list"] },
      [FILES]: folder([file("1", "a.txt")]),
    },
    { session: READER },
  );

  expect(await screen.findByText("a.txt")).toBeVisible();
  expect(await screen.findByText(/You may look at these files/)).toBeVisible();
  expect(screen.queryByRole("button", { name: "Upload" })).toBeNull();
  expect(screen.queryByRole("button", { name: "Delete a.txt" })).toBeNull();
  expect(screen.queryByRole("button", { name: "Share a.txt" })).toBeNull();
});

test("several files are dropped, seen on their way, and listed", async () => {
  const sent: string[] = [];
  const wire = FakeUploads.install();
  show(<DrivePage />, { ...AGENTS, [FILES]: () => Response.json(folder(sent.map((name) => file(name, name)))) });
  const zone = (await screen.findByText("No files here")).closest("section");
  const files = [new File(["12345"], "a.txt"), new File(["1"], "b.txt")];
  fireEvent.drop(zone ?? document.body, { dataTransfer: { types: ["Files"], files, items: [] } });

  wire.requests[0]?.progress(2);
  expect(await screen.findByRole("progressbar", { name: "Uploading a.txt" })).toHaveAttribute("value", "40");
  expect(wire.requests[0]?.fields).toMatchObject({ path: "/shared/", overwrite: "false" });
  expect(wire.requests[0]?.headers).toHaveProperty("x-vutler-csrf");

  sent.push("a.txt");
  wire.requests[0]?.answer(201, {});
  expect(await screen.findByRole("link", { name: "Download a.txt" })).toBeVisible();

  wire.requests[1]?.answer(409, { error: { message: "There.", code: "file_exists" } });
  await userEvent.click(await screen.findByRole("button", { name: "Replace it" }));
  expect(wire.requests[2]?.fields).toMatchObject({ overwrite: "true" });
  wire.requests[2]?.answer(413, { error: { message: "Full.", code: "drive_quota_exceeded" } });
  expect(await screen.findByText(/There is no room for it/)).toBeVisible();
});

test("a drive that cannot be looked at is explained", async () => {
  show(<DrivePage />, { ...AGENTS, [FILES]: () => refusal(503, "drive_storage_unavailable", "S3 is away.") });

  await waitFor(() => {
    expect(screen.getByText(/The place where files are kept does not answer/)).toBeVisible();
  });
});
