import { focusManager, type QueryClient, queryOptions } from "@tanstack/react-query";

import type { Session } from "../api/answers";
import { sessionQuery } from "../api/session";

/** Whether the router has forgotten a session whose pages are still open. */
export const endedQuery = queryOptions({
  queryKey: ["session", "ended"],
  queryFn: () => false,
  initialData: false,
  staleTime: Infinity,
});

/** Cover the pages with the sign-in; they stay as they are, and ask for nothing until somebody is signed in. */
export function endSession(client: QueryClient): void {
  if (client.getQueryData(sessionQuery.queryKey) == null) return;
  focusManager.setFocused(false);
  client.setQueryData(endedQuery.queryKey, true);
}

/**
 * Go on with a new session: for the same person with the pages as they were, for another one from the start, with
 * nothing left of what the pages held.
 */
export function beginSession(client: QueryClient, session: Session): void {
  const former = client.getQueryData(sessionQuery.queryKey);
  if (former != null && (former.name !== session.name || former.kind !== session.kind)) {
    location.reload();
    return;
  }
  focusManager.setFocused(undefined);
  client.setQueryData(endedQuery.queryKey, false);
  client.setQueryData(sessionQuery.queryKey, session);
  void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== "session" });
}
