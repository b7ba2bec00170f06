import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";

import type { DriveFile } from "../api/answers";
import { folderQuery, roomQuery } from "../api/drive";
import { Loading } from "../parts/Loading";
import { FaultBox } from "../parts/FaultBox";
import { useMay } from "../session/session";
import { useWords } from "../words/words";
import { Crumbs } from "./Crumbs";
import { DeleteFile } from "./DeleteFile";
import { DropZone } from "./DropZone";
import { FolderList } from "./FolderList";
import { type Crumb, crumbsOf, takesFiles } from "./folders";
import { Room } from "./Room";
import { ShareFile } from "./ShareFile";
import { UploadButton } from "./UploadButton";
import { UploadList } from "./UploadList";
import { uploads } from "./uploads";

interface Props {
  workspace: string;
  /** Whose quota is shown beside the workspace's. */
  agent: string | null;
  /** The highest folder that one may go up to. */
  top: Crumb;
  path: string;
  onOpen: (path: string) => void;
}

const LINES = 5;
const ROW = 48;

/** Folders and files to look through, with what is being uploaded. */
export function Browser({ workspace, agent, top, path, onOpen }: Props) {
  const { say } = useWords();
  const may = useMay("update", workspace) === true;
  const folder = useInfiniteQuery(folderQuery(workspace, path));
  const room = useQuery(roomQuery(workspace, agent));
  const [sharing, setSharing] = useState<DriveFile | null>(null);
  const [leaving, setLeaving] = useState<DriveFile | null>(null);
  const takes = may && takesFiles(path);
  const add = (files: File[]) => {
    uploads.add(workspace, path, files, room.data?.largest_file ?? null);
  };
  return (
    <DropZone enabled={takes} onFiles={add}>
      <div className="toolbar">
        <Crumbs crumbs={[top, ...crumbsOf(path, top.path)]} onOpen={onOpen} />
        {takes && <UploadButton onFiles={add} />}
      </div>
      <p className="hint drive-hint">{say(takes ? "drive.drop" : may ? "drive.noFiles" : "drive.readOnly")}</p>
      <Room room={room.data} />
      <UploadList workspace={workspace} />
      {folder.isPending && <Loading lines={LINES} height={ROW} />}
      {folder.isError && <FaultBox error={folder.error} retry={() => void folder.refetch()} />}
      {folder.data !== undefined && (
        <FolderList
          workspace={workspace}
          pages={folder.data.pages}
          mayChange={may}
          onOpen={onOpen}
          onShare={setSharing}
          onDelete={setLeaving}
          more={folder.hasNextPage ? () => void folder.fetchNextPage() : undefined}
          busy={folder.isFetchingNextPage}
        />
      )}
      {sharing !== null && (
        <ShareFile
          workspace={workspace}
          file={sharing}
          onClose={() => {
            setSharing(null);
          }}
        />
      )}
      {leaving !== null && (
        <DeleteFile
          workspace={workspace}
          file={leaving}
          onClose={() => {
            setLeaving(null);
          }}
        />
      )}
    </DropZone>
  );
}
