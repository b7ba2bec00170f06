import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export const RIGHT_KEY = "sk-right-0123456789";
/** Whoever says this is answered one word after the other, until they have heard enough. */
export const SLOWLY = "slowly";
/** Whoever asks for their order hears this; everybody else is greeted. */
export const ABOUT_ORDERS = "It left us on Monday and arrives tomorrow before noon. Shall I send you the tracking number?";
/** Whoever says `[1200000 tokens]` is told that the answer took so many. */
const TOKENS = /\[(\d+) tokens\]/;
const WORDS_APART_MS = 50;
const MODEL = "gpt-4o-mini";

interface Asked {
  stream?: boolean;
  messages?: { content?: unknown }[];
}

/** A provider in OpenAI's words, on a socket of its own, that knows one key and refuses every other as the real one does. */
export async function startProvider(): Promise<{ server: Server; url: string }> {
  const server = createServer((incoming, outgoing) => void answer(incoming, outgoing));
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return { server, url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/v1` };
}

async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  let text = "";
  for await (const piece of incoming) text += String(piece);
  if (incoming.headers.authorization !== `Bearer ${RIGHT_KEY}`) {
    const error = { message: "Incorrect API key provided", type: "invalid_request_error", code: "invalid_api_key" };
    outgoing.writeHead(401, { "content-type": "application/json" }).end(JSON.stringify({ error }));
    return;
  }
  const asked = JSON.parse(text === "" ? "{}" : text) as Asked;
  const said = JSON.stringify(asked.messages?.at(-1)?.content ?? "");
  const usage = usageOf(Number(TOKENS.exec(said)?.[1] ?? 5));
  const content = said.includes("order") ? ABOUT_ORDERS : "Hello.";
  if (asked.stream === true) await stream(outgoing, content, said.includes(SLOWLY), usage);
  else outgoing.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(whole(content, usage)));
}

function usageOf(tokens: number): object {
  return { prompt_tokens: tokens - 2, completion_tokens: 2, total_tokens: tokens };
}

function whole(content: string, usage: object): object {
  const message = { role: "assistant", content };
  const choices = [{ index: 0, finish_reason: "stop", message }];
  return { id: "one", object: "chat.completion", model: MODEL, choices, usage };
}

async function stream(outgoing: ServerResponse, text: string, slowly: boolean, usage: object): Promise<void> {
  const send = (choices: object[], more = {}) =>
    outgoing.write(`data: ${JSON.stringify({ id: "one", object: "chat.completion.chunk", model: MODEL, choices, ...more })}\n\n`);
  outgoing.writeHead(200, { "content-type": "text/event-stream" });
  for (let word = 1; !outgoing.destroyed && (slowly || word === 1); word += 1) {
    const content = slowly ? `word ${String(word)} ` : text;
    send([{ index: 0, delta: { content }, finish_reason: null }]);
    if (slowly) await new Promise((passed) => setTimeout(passed, WORDS_APART_MS));
  }
  send([{ index: 0, delta: {}, finish_reason: "stop" }]);
  send([], { usage });
  outgoing.end("data: [DONE]\n\n");
}
