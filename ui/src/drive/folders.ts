export const ROOT = "/";
export const SHARED = "/shared/";

const WRITABLE = /^\/(shared|agents\/[^/]+)\//;

export interface Crumb {
  path: string;
  name: string;
}

/** The folder that is an agent's own. */
export function folderOf(agentId: string, workspace: string): string {
  return `/agents/${agentId.slice(workspace.length + 1)}/`;
}

/** The folders above a folder and itself, from the top. */
export function crumbsOf(path: string, top: string): Crumb[] {
  const names = path.slice(top.length).split("/").filter(Boolean);
  return names.map((name, place) => ({ name, path: `${top}${names.slice(0, place + 1).join("/")}/` }));
}

/** Whether files may lie right in a folder: the workspace's root and the folder of all agents hold folders alone. */
export const takesFiles = (path: string) => WRITABLE.test(path);
