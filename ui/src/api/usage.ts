import { queryOptions } from "@tanstack/react-query";

import type { Statement, Summary, Usage } from "./answers";
import { api, read } from "./client";

export type Period = "day" | "week" | "month";

const within = (workspace: string | null) => (workspace === null ? {} : { workspace_id: workspace });

/** What a workspace used in a period; null stands for all of them. */
export const summaryQuery = (period: Period, workspace: string | null) =>
  queryOptions({
    queryKey: ["usage", "summary", period, workspace],
    queryFn: () => {
      const query = { period, ...within(workspace) };
      return read<Summary>(api.GET("/api/v1/usage/summary", { params: { query } }));
    },
    refetchInterval: 30_000,
  });

export const agentUsageQuery = (id: string, period: Period) =>
  queryOptions({
    queryKey: ["usage", id, period],
    queryFn: () =>
      read<Usage>(
        api.GET("/api/v1/agents/{agent_id}/usage", { params: { path: { agent_id: id }, query: { period } } }),
      ),
  });

/** What is to be paid for this month. */
export const statementQuery = (workspace: string | null) =>
  queryOptions({
    queryKey: ["usage", "statement", workspace],
    queryFn: () =>
      read<Statement>(api.GET("/api/v1/usage/statement", { params: { query: within(workspace) } })),
  });

/** Where the browser finds the same figures as a file for spreadsheets. */
export const summaryCsv = (period: Period, workspace: string | null) =>
  `/api/v1/usage/summary?${new URLSearchParams({ period, format: "csv", ...within(workspace) }).toString()}`;
export const agentCsv = (id: string, period: Period) =>
  `/api/v1/agents/${encodeURIComponent(id)}/usage?period=${period}&format=csv`;
