import { useQueries } from "@tanstack/react-query";

import type { AgentUse } from "../api/answers";
import { type Period, summaryQuery } from "../api/usage";
import { useSession } from "../session/session";

/** What each agent that one may see used, by id; gathered from one's workspaces where one does not see them all. */
export function useAgentsUse(period: Period): ReadonlyMap<string, AgentUse> {
  const { namespaces } = useSession();
  const places = namespaces === "all" ? [null] : namespaces;
  return useQueries({
    queries: places.map((place) => summaryQuery(period, place)),
    combine: (summaries) =>
      new Map(summaries.flatMap(({ data }) => data?.agents ?? []).map((line) => [line.agent_id, line])),
  });
}
