import createClient, { type Middleware } from "openapi-fetch";

import { faultFrom } from "./fault";
import type { paths } from "./schema";

/** The router's client, typed from its own description; the browser's cookie says who asks. */
export const api = createClient<paths>({
  baseUrl: location.origin,
  credentials: "same-origin",
  fetch: (request) => fetch(request),
});

let csrf = "";
let onExpired = (): void => undefined;

/** Take the session's token that every change has to carry. */
export function keepCsrf(token: string): void {
  csrf = token;
}

/** Say what happens when the router no longer knows the session. */
export function whenExpired(act: () => void): void {
  onExpired = act;
}

/** The headers of a request that changes something. */
export function changeHeaders(): Record<string, string> {
  return { "x-vutler-csrf": csrf };
}

/** Report a session that ended; for calls that go past the client. */
export function noteStatus(status: number): void {
  if (status === 401) onExpired();
}

const session: Middleware = {
  onRequest: ({ request }) => {
    if (request.method !== "GET") request.headers.set("x-vutler-csrf", csrf);
    return request;
  },
  onResponse: ({ response }) => {
    noteStatus(response.status);
    return response;
  },
};

api.use(session);

/**
 * Take what a call brought as the answer that `answers.ts` describes.
 *
 * @throws Fault - the router refused.
 */
export async function read<T>(call: Promise<{ data?: unknown; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await call;
  if (!response.ok) throw faultFrom(error, response);
  return data as T;
}
