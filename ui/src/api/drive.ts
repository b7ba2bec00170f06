import { infiniteQueryOptions } from "@tanstack/react-query";

import type { DrivePage } from "./answers";
import { api, read } from "./client";

const PATH = "/api/v1/drive";
const PAGE = 100;

const inWorkspace = (workspace: string) => new URLSearchParams({ workspace_id: workspace }).toString();

/** Everything that is known of a workspace's drive, for when it changes. */
export const driveKey = (workspace: string) => ["drive", workspace];

/** What is right in a folder, a page at a time. */
export const folderQuery = (workspace: string, path: string) =>
  infiniteQueryOptions({
    queryKey: [...driveKey(workspace), "folder", path],
    queryFn: ({ pageParam }) => {
      const query = { workspace_id: workspace, path, limit: PAGE, cursor: pageParam };
      return read<DrivePage>(api.GET("/api/v1/drive/files", { params: { query } }));
    },
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor,
  });

export function deleteFile(workspace: string, id: string): Promise<unknown> {
  const params = { path: { file_id: id }, query: { workspace_id: workspace } };
  return read(api.DELETE("/api/v1/drive/files/{file_id}", { params }));
}

/** Where the browser finds a file; the router sends it to be saved, never to be shown. */
export const downloadPath = (workspace: string, id: string) =>
  `${PATH}/download/${encodeURIComponent(id)}?${inWorkspace(workspace)}`;

export const uploadPath = (workspace: string) => `${PATH}/upload?${inWorkspace(workspace)}`;
