import { queryOptions } from "@tanstack/react-query";

import type { Route, Rules } from "./answers";
import { api, read } from "./client";

export const rulesQuery = queryOptions({
  queryKey: ["routing"],
  queryFn: () => read<Rules>(api.GET("/config")),
});

export function mapModels(category: string, models: string[]): Promise<unknown> {
  return models.length > 0
    ? read(api.POST("/config/model-mapping", { body: { category, models } }))
    : read(api.DELETE("/config/model-mapping/{category}", { params: { path: { category } } }));
}

export function explainRoute(agent: string, message: string): Promise<Route> {
  return read<Route>(
    api.POST("/api/v1/agents/{agent_id}/route", {
      params: { path: { agent_id: agent } },
      body: { message, tools: [], session: "" },
    }),
  );
}
