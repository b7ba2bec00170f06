import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import type { DrivePage, DriveRoom, ShareLink } from "./answers";
import { api, read } from "./client";

const PATH = "/api/v1/drive";
const PAGE = 100;
const SHARED_SECONDS = 7 * 24 * 3600;

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

/** What files come to, and may come to: of an agent, or of the whole workspace. */
export const roomQuery = (workspace: string, agent: string | null) =>
  queryOptions({
    queryKey: [...driveKey(workspace), "room", agent],
    queryFn: () => {
      const query = { workspace_id: workspace, agent_id: agent };
      return read<DriveRoom>(api.GET("/api/v1/drive/room", { params: { query } }));
    },
  });

/** Make a link to a file that needs no sign-in. */
export function shareFile(workspace: string, id: string): Promise<ShareLink> {
  const params = { path: { file_id: id }, query: { workspace_id: workspace } };
  return read<ShareLink>(api.POST("/api/v1/drive/files/{file_id}/share", { params, body: { seconds: SHARED_SECONDS } }));
}

export function deleteFile(workspace: string, id: string): Promise<unknown> {
  const params = { path: { file_id: id }, query: { workspace_id: workspace } };
  return read(api.DELETE("/api/v1/drive/files/{file_id}", { params }));
}

/** Where the browser finds a file; the router sends it to be saved, never to be shown. */
export const downloadPath = (workspace: string, id: string) =>
  `${PATH}/download/${encodeURIComponent(id)}?${inWorkspace(workspace)}`;

export const uploadPath = (workspace: string) => `${PATH}/upload?${inWorkspace(workspace)}`;
