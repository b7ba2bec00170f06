import { useQueries } from "@tanstack/react-query";

import type { Template } from "../api/answers";
import { templatesQuery } from "../api/resources";
import { useSession } from "../session/session";
import { useWorkspaces } from "../session/workspaces";

interface Shelf {
  templates: Template[];
  cluster: boolean;
  isPending: boolean;
  /** Why none could be read. */
  error: unknown;
}

/** The templates that one may start from: of all workspaces for the administrator, else of one's own. */
export function useTemplates(): Shelf {
  const admin = useSession().kind === "admin";
  const workspaces = useWorkspaces();
  return useQueries({
    queries: (admin ? [null] : workspaces).map(templatesQuery),
    combine: (lists) => ({
      templates: without(lists.flatMap(({ data }) => data?.templates ?? [])),
      cluster: lists.every(({ data }) => data?.cluster !== false),
      isPending: lists.some((list) => list.isPending),
      error: lists.every((list) => list.isError) ? (lists[0]?.error ?? null) : null,
    }),
  });
}

/** Leave out what was named before: the catalogue's templates are in every workspace's list. */
function without(templates: Template[]): Template[] {
  return [...new Map(templates.map((one) => [`${one.workspace_id}/${one.name}`, one])).values()];
}
