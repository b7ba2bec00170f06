import { queryOptions } from "@tanstack/react-query";

import type { ModelSettings, Tier, Trial } from "./answers";
import { api, read } from "./client";
import type { components } from "./schema";

export type SettingsBody = components["schemas"]["LlmBody"];

const at = (id: string) => ({ params: { path: { agent_id: id } } });

export const settingsQuery = (id: string) =>
  queryOptions({
    queryKey: ["llm", id],
    queryFn: () => read<ModelSettings>(api.GET("/api/v1/agents/{agent_id}/llm-config", at(id))),
  });

export const tiersQuery = queryOptions({
  queryKey: ["tiers"],
  queryFn: async () => (await read<{ tiers: Tier[] }>(api.GET("/api/v1/usage/tiers"))).tiers,
  staleTime: 300_000,
});

export function saveSettings(id: string, body: SettingsBody): Promise<ModelSettings> {
  return read<ModelSettings>(api.PUT("/api/v1/agents/{agent_id}/llm-config", { ...at(id), body }));
}

export function tryModel(id: string): Promise<Trial> {
  return read<Trial>(api.POST("/api/v1/agents/{agent_id}/llm-test", at(id)));
}
