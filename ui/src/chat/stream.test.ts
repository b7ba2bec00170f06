import { afterEach, describe, expect, test, vi } from "vitest";

import { eventsOf, speak } from "./stream";

const DONE = 'data: {"content":"Hé!","provider":"echo","model":"echo","usage":null}\n\ndata: [DONE]\n\n';

function bodyOf(text: string, size: number): ReadableStream<Uint8Array<ArrayBuffer>> {
  const bytes = new TextEncoder().encode(text);
  return new ReadableStream({
    start(controller) {
      for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size));
      controller.close();
    },
  });
}

function answer(text: string, status = 200) {
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(bodyOf(text, 7), { status })));
}

function ask(heard: string[] = []) {
  return speak("a.b", [{ role: "user", content: "Hi" }], "llm", (piece) => heard.push(piece), new AbortController().signal);
}

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("events", () => {
  test.each([1, 2, 3, 5, 1000])("are whole when they come in pieces of %i bytes", async (size) => {
    const events: string[] = [];
    for await (const event of eventsOf(bodyOf('data: {"delta":"Hé"}\n\n: still here\n\ndata: [DONE]\n\n', size))) {
      events.push(event);
    }
    expect(events).toEqual(['{"delta":"Hé"}', "[DONE]"]);
  });
});

describe("an answer", () => {
  test("is heard piece by piece, then given whole", async () => {
    const heard: string[] = [];
    answer(`data: {"delta":"Hé"}\n\ndata: {"delta":"!"}\n\n${DONE}`);

    expect((await ask(heard)).content).toBe("Hé!");
    expect(heard).toEqual(["Hé", "!"]);
  });

  test("that ends before it is whole is a fault, never an answer", async () => {
    answer('data: {"delta":"Half"}\n\n');

    await expect(ask()).rejects.toMatchObject({ code: "stream_cut" });
  });

  test("that breaks off says why", async () => {
    answer('data: {"delta":"Half"}\n\ndata: {"error":{"message":"Gone.","code":"upstream_unavailable"}}\n\n');

    await expect(ask()).rejects.toMatchObject({ code: "upstream_unavailable", message: "Gone." });
  });

  test("that is refused carries the router's code", async () => {
    answer('{"error":{"message":"No model.","code":"llm_not_configured"}}', 400);

    await expect(ask()).rejects.toMatchObject({ code: "llm_not_configured", status: 400 });
  });
});
