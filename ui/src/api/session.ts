import { queryOptions } from "@tanstack/react-query";

import type { Session, Verb, Ways } from "./answers";
import { api, changeHeaders, keepCsrf, read } from "./client";
import { Fault, faultFrom } from "./fault";

const PATH = "/api/v1/session";

/** Where a browser goes to sign in at the identity provider; it comes back signed in. */
export const PROVIDER_PATH = `${PATH}/oidc`;

async function call(method: string, body?: object): Promise<Session | null> {
  const headers = { ...changeHeaders(), ...(body ? { "content-type": "application/json" } : {}) };
  const response = await fetch(PATH, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
  if (method === "GET" && response.status === 401) return null;
  const text = await response.text();
  const said: unknown = text === "" ? null : parsed(text);
  if (!response.ok) throw faultFrom(said, response);
  const session = said as Session | null;
  keepCsrf(session?.csrf ?? "");
  return session;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Who is signed in; null when nobody is. */
export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: () => call("GET"),
  staleTime: Infinity,
});

export const waysQuery = queryOptions({
  queryKey: ["session", "ways"],
  queryFn: () => read<Ways>(api.GET("/api/v1/session/ways")),
  staleTime: Infinity,
  retry: false,
});

/** What one may do with all agents of a namespace. */
export const permissionsQuery = (namespace: string) =>
  queryOptions({
    queryKey: ["permissions", namespace],
    queryFn: async () => {
      const params = { query: { workspace_id: namespace } };
      return (await read<{ verbs: Verb[] }>(api.GET("/api/v1/session/permissions", { params }))).verbs;
    },
    staleTime: 30_000,
  });

/**
 * Sign in, and see whether the browser kept the cookie.
 *
 * @throws Fault - the token is not accepted, or the cookie was not kept.
 */
export async function signIn(token: string): Promise<Session> {
  await call("POST", { token });
  const session = await call("GET");
  if (session === null) throw new Fault("The browser did not keep the session's cookie.", 1, "cookie_not_kept");
  return session;
}

export async function signOut(): Promise<void> {
  await call("DELETE");
}
