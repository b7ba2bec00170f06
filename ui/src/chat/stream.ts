import type { Spoken } from "../api/answers";
import { changeHeaders, noteStatus } from "../api/client";
import { Fault, faultFrom } from "../api/fault";

export interface Turn {
  role: "user" | "assistant";
  content: string;
}

export type Via = "llm" | "agent";

type Event = { delta: string } | { error: { message: string; code: string } } | Spoken;

/**
 * Say something to an agent and give each piece of the answer to `onDelta` as it comes.
 *
 * @throws Fault - it was refused, or broke off; `onDelta` has had what came until then.
 */
export async function speak(
  agentId: string,
  messages: Turn[],
  via: Via,
  onDelta: (piece: string) => void,
  signal: AbortSignal,
): Promise<Spoken> {
  const response = await fetch(`/api/v1/agents/${encodeURIComponent(agentId)}/chat`, {
    method: "POST",
    headers: { "content-type": "application/json", ...changeHeaders() },
    body: JSON.stringify({ messages, via, stream: true }),
    signal,
  });
  noteStatus(response.status);
  if (!response.ok) throw faultFrom(await response.json().catch(() => null), response);
  if (response.body === null) throw cut(response);
  let spoken: Spoken | null = null;
  for await (const data of eventsOf(response.body)) {
    if (data === "[DONE]") break;
    const event = JSON.parse(data) as Event;
    if ("error" in event) throw new Fault(event.error.message, response.status, event.error.code);
    if ("delta" in event) onDelta(event.delta);
    else spoken = event;
  }
  if (spoken === null) throw cut(response);
  return spoken;
}

function cut(response: Response): Fault {
  return new Fault("The stream ended before the answer did.", response.status, "stream_cut");
}

/** Read the data of server-sent events, however the network cuts them into pieces. */
export async function* eventsOf(body: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const events = (rest + value).split("\n\n");
    rest = events.pop() ?? "";
    for (const event of events) {
      const data = event.split("\n").filter((line) => line.startsWith("data: "));
      if (data.length > 0) yield data.map((line) => line.slice("data: ".length)).join("\n");
    }
  }
}
