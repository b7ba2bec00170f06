import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import { type ReactNode, Suspense } from "react";
import { createMemoryRouter, RouterProvider } from "react-router";
import { vi } from "vitest";

import type { Session } from "../src/api/answers";
import { sessionQuery } from "../src/api/session";
import { type Language, WordsProvider } from "../src/words/words";

type Answering = (request: Request) => Response | Promise<Response>;
type Answer = object | Answering;

const ADMIN: Session = { name: "admin", kind: "admin", namespaces: "all", csrf: "t", expires_at: null };

interface Options {
  language?: Language;
  /** Who is signed in; null for nobody. */
  session?: Session | null;
  /** The address that the page is at. */
  path?: string;
}

/** Show a page as if the router gave these answers, by `METHOD /path`; what it was asked is kept. */
export function show(page: ReactNode, answers: Record<string, Answer>, options: Options = {}) {
  const asked: { name: string; body: string }[] = [];
  vi.stubGlobal("fetch", async (input: RequestInfo | URL, init?: RequestInit) => {
    const request = input instanceof Request ? input : new Request(new URL(String(input), location.href), init);
    const name = `${request.method} ${decodeURIComponent(new URL(request.url).pathname)}`;
    asked.push({ name, body: request.method === "GET" ? "" : await request.clone().text() });
    const answer = answers[name];
    if (answer === undefined) return refusal(404, "not_found", "There is no such thing.");
    return typeof answer === "function" ? (answer as Answering)(request) : Response.json(answer);
  });
  const client = new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: Infinity } } });
  client.setQueryData(sessionQuery.queryKey, options.session === undefined ? ADMIN : options.session);
  const router = createMemoryRouter([{ path: "*", element: <Suspense fallback="…">{page}</Suspense> }], {
    initialEntries: [options.path ?? "/"],
  });
  render(
    <WordsProvider initial={options.language ?? "en"}>
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </WordsProvider>,
  );
  return { asked, client, router };
}

export function refusal(status: number, code: string, message: string): Response {
  return Response.json({ error: { message, type: "error", code, param: null } }, { status });
}
