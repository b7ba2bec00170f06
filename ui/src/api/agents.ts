import { queryOptions } from "@tanstack/react-query";

import type { Agent, CreatedAgent, Health } from "./answers";
import { api, read } from "./client";

interface AgentPage {
  agents: Agent[];
  next_cursor: string | null;
}

const PAGE = 500;

async function allAgents(): Promise<Agent[]> {
  const found: Agent[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const query: { limit: number; cursor: string } = { limit: PAGE, cursor };
    const page: AgentPage = await read<AgentPage>(api.GET("/api/v1/agents", { params: { query } }));
    found.push(...page.agents);
    cursor = page.next_cursor;
  }
  return found;
}

export const agentsQuery = queryOptions({ queryKey: ["agents"], queryFn: allAgents, refetchInterval: 15_000 });

export const agentQuery = (id: string) =>
  queryOptions({
    queryKey: ["agents", id],
    queryFn: () => read<Agent>(api.GET("/api/v1/agents/{agent_id}", { params: { path: { agent_id: id } } })),
    refetchInterval: 15_000,
  });

export const healthQuery = (id: string) =>
  queryOptions({
    queryKey: ["health", id],
    queryFn: () => read<Health>(api.GET("/api/v1/agents/{agent_id}/health", { params: { path: { agent_id: id } } })),
    refetchInterval: 10_000,
    staleTime: 5_000,
  });

export function switchAgent(id: string, running: boolean): Promise<Agent> {
  const params = { path: { agent_id: id } };
  return read<Agent>(
    running
      ? api.POST("/api/v1/agents/{agent_id}/start", { params })
      : api.POST("/api/v1/agents/{agent_id}/stop", { params }),
  );
}

export interface NewAgent {
  name: string;
  workspace_id: string;
  display_name: string;
  template?: string;
}

export function createAgent(agent: NewAgent): Promise<CreatedAgent> {
  return read<CreatedAgent>(api.POST("/api/v1/agents", { body: agent }));
}
