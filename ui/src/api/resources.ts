import { queryOptions } from "@tanstack/react-query";

import type { Agent, Story, TemplateList } from "./answers";
import { api, read } from "./client";
import type { components } from "./schema";

export type ResourceBody = components["schemas"]["NewResourceBody"];

/** The templates for agents of a workspace, the catalogue's among them; null stands for those of all workspaces. */
export const templatesQuery = (workspace: string | null) =>
  queryOptions({
    queryKey: ["templates", workspace],
    queryFn: () => {
      const query = workspace === null ? {} : { workspace_id: workspace };
      return read<TemplateList>(api.GET("/api/v1/templates", { params: { query } }));
    },
    staleTime: 60_000,
  });

/** What the cluster says of an agent: conditions and events. */
export const storyQuery = (id: string) =>
  queryOptions({
    queryKey: ["story", id],
    queryFn: () =>
      read<Story>(api.GET("/api/v1/agents/{agent_id}/resource", { params: { path: { agent_id: id } } })),
    refetchInterval: 15_000,
  });

/** Make an agent that runs in the cluster. */
export function makeAgent(body: ResourceBody): Promise<Agent> {
  return read<Agent>(api.POST("/api/v1/agents/resources", { body }));
}
