import { Button } from "@rocket.chat/fuselage";

import type { DriveFile, DrivePage } from "../api/answers";
import { Empty } from "../parts/Empty";
import { useWords } from "../words/words";
import { FileRow } from "./FileRow";
import { FolderRow } from "./FolderRow";

interface Props {
  workspace: string;
  pages: DrivePage[];
  mayChange: boolean;
  onOpen: (path: string) => void;
  onShare: (file: DriveFile) => void;
  onDelete: (file: DriveFile) => void;
  /** Fetches what comes next, where there is more. */
  more: (() => void) | undefined;
  busy: boolean;
}

/** Folders, then files, as far as they have been fetched. */
export function FolderList({ workspace, pages, mayChange, onOpen, onShare, onDelete, more, busy }: Props) {
  const { say } = useWords();
  const folders = pages.flatMap((page) => page.folders);
  const files = pages.flatMap((page) => page.files);
  if (folders.length + files.length === 0) {
    return <Empty icon="folder" title={say("drive.empty.title")} text={say("drive.empty.text")} />;
  }
  return (
    <>
      <ul className="files" aria-label={say("drive.title")}>
        {folders.map((folder) => (
          <FolderRow key={folder.path} folder={folder} onOpen={onOpen} />
        ))}
        {files.map((file) => (
          <FileRow
            key={file.id}
            workspace={workspace}
            file={file}
            mayChange={mayChange}
            onShare={onShare}
            onDelete={onDelete}
          />
        ))}
      </ul>
      {more !== undefined && (
        <Button onClick={more} disabled={busy} loading={busy}>
          {say("common.more")}
        </Button>
      )}
    </>
  );
}
