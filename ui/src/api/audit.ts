import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import type { ToolCallPage, Tree, TreePage } from "./answers";
import { api, read } from "./client";

/** Which calls are asked for; an empty field leaves it open. */
export interface CallFilter {
  workspace_id: string;
  agent_id: string;
  tool: string;
}

const CALLS = 50;
const TREES = 25;

/** Leave out what is empty: the router takes it for a name. */
function given<T extends Record<string, string>>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== "")) as Partial<T>;
}

/** Calls of tools, the newest first. */
export const callsQuery = (filter: CallFilter) =>
  infiniteQueryOptions({
    queryKey: ["audit", filter],
    queryFn: ({ pageParam }) => {
      const query = { ...given({ ...filter }), limit: CALLS, cursor: pageParam };
      return read<ToolCallPage>(api.GET("/api/v1/audit", { params: { query } }));
    },
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor,
  });

/** Trees of calls between agents that began on a day (UTC), the newest first. */
export const treesQuery = (workspace: string, day: string) =>
  infiniteQueryOptions({
    queryKey: ["trees", workspace, day],
    queryFn: ({ pageParam }) => {
      const query = { ...given({ workspace_id: workspace, day }), limit: TREES, cursor: pageParam };
      return read<TreePage>(api.GET("/api/v1/usage/trees", { params: { query } }));
    },
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor,
  });

export const treeQuery = (id: string) =>
  queryOptions({
    queryKey: ["tree", id],
    queryFn: () => read<Tree>(api.GET("/api/v1/usage/trees/{tree_id}", { params: { path: { tree_id: id } } })),
  });
