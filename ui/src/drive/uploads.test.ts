import { expect, test, vi } from "vitest";

import type { DriveFile } from "../api/answers";
import { Fault } from "../api/fault";
import type { Send, Sending } from "./send";
import { Uploads } from "./uploads";

const DONE = {} as DriveFile;
const file = (name: string, size = 10) => new File(["x".repeat(size)], name);

/** A router that answers when the test says so. */
function router() {
  const asked: { sending: Sending; progress: (bytes: number) => void; answer: (end: DriveFile | Fault) => void }[] = [];
  const send: Send = (sending, progress, signal) =>
    new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => {
        reject(new Fault("Cancelled.", 0, "cancelled"));
      });
      const answer = (end: DriveFile | Fault) => {
        if (end instanceof Fault) reject(end);
        else resolve(end);
      };
      asked.push({ sending, progress, answer });
    });
  return { uploads: new Uploads(send), asked };
}

test("two files go at once, and the next when one of them is through", async () => {
  const { uploads, asked } = router();
  uploads.add("team-a", "/shared/", [file("a"), file("b"), file("c")], null);
  expect(uploads.list().map(({ state }) => state)).toEqual(["sending", "sending", "waiting"]);

  asked[0]?.answer(DONE);
  await vi.waitFor(() => {
    expect(uploads.list().map(({ state }) => state)).toEqual(["done", "sending", "sending"]);
  });
});

test("whoever shows them hears how far each is", () => {
  const { uploads, asked } = router();
  uploads.add("team-a", "/shared/", [file("a")], null);
  const heard: number[] = [];
  uploads.subscribe(() => heard.push(uploads.list()[0]?.sent ?? -1));

  asked[0]?.progress(4);
  asked[0]?.progress(9);

  expect(heard).toEqual([4, 9]);
});

test("a name that is taken is asked about, and replaced only then", async () => {
  const { uploads, asked } = router();
  uploads.add("team-a", "/shared/", [file("a")], null);
  asked[0]?.answer(new Fault("There is one.", 409, "file_exists"));
  await vi.waitFor(() => {
    expect(uploads.list()[0]?.state).toBe("exists");
  });
  expect(asked).toHaveLength(1);

  uploads.again(uploads.list()[0]?.id ?? -1, true);

  expect(asked[1]?.sending).toMatchObject({ overwrite: true, folder: "/shared/" });
});

test("a file that is too large is told at once and never sent", () => {
  const { uploads, asked } = router();
  uploads.add("team-a", "/shared/", [file("a", 11), file("b", 10)], 10);

  expect(uploads.list()[0]).toMatchObject({ state: "failed", fault: { code: "file_too_large" } });
  expect(asked.map(({ sending }) => sending.file.name)).toEqual(["b"]);
});

test("an upload that is cancelled is gone, and the next one goes", async () => {
  const { uploads, asked } = router();
  uploads.add("team-a", "/shared/", [file("a"), file("b"), file("c")], null);

  uploads.drop(uploads.list()[0]?.id ?? -1);

  await vi.waitFor(() => {
    expect(asked.map(({ sending }) => sending.file.name)).toEqual(["a", "b", "c"]);
  });
  expect(uploads.list().map(({ file: one }) => one.name)).toEqual(["b", "c"]);
});
