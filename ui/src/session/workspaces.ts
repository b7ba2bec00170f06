import { useQueries, useQuery } from "@tanstack/react-query";
import { useSearchParams } from "react-router";

import { agentsQuery } from "../api/agents";
import type { Session } from "../api/answers";
import { permissionsQuery } from "../api/session";
import { useSession } from "./session";

const PARAMETER = "workspace";

/** Whether one sees every workspace, now and later. */
export const seesAll = (session: Session) => session.namespaces === "all";

/** The workspaces to choose from, by name: those that one may see and that have agents. */
export function useWorkspaces(): string[] {
  const { namespaces } = useSession();
  const agents = useQuery(agentsQuery);
  const known = new Set(namespaces === "all" ? [] : namespaces);
  for (const agent of agents.data ?? []) known.add(agent.workspace_id);
  return [...known].sort();
}

/** Where one may create agents; "all" where only the router can tell. */
export function usePlacesToCreate(): string[] | "all" {
  const { kind, namespaces } = useSession();
  const anywhere = kind === "admin" || namespaces === "all" || namespaces.length === 0;
  const names = anywhere ? [] : namespaces;
  const verbs = useQueries({ queries: names.map(permissionsQuery) });
  if (anywhere) return "all";
  return names.filter((_, place) => verbs[place]?.isError === true || verbs[place]?.data?.includes("create") === true);
}

export interface ChosenWorkspace {
  /** Null stands for all of them, or for none if there is none. */
  workspace: string | null;
  workspaces: string[];
  mayAll: boolean;
  choose: (workspace: string | null) => void;
}

/** The workspace that a page is about; it is in the address, so that it can be sent to others and come back to. */
export function useWorkspace(mayAll: boolean): ChosenWorkspace {
  const workspaces = useWorkspaces();
  const [parameters, setParameters] = useSearchParams();
  const asked = parameters.get(PARAMETER);
  return {
    workspace: asked ?? (mayAll ? null : (workspaces[0] ?? null)),
    workspaces: asked === null || workspaces.includes(asked) ? workspaces : [...workspaces, asked].sort(),
    mayAll,
    choose: (workspace) => {
      setParameters(workspace === null ? {} : { [PARAMETER]: workspace });
    },
  };
}
