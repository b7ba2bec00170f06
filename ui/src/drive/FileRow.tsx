import { Icon, IconButton } from "@rocket.chat/fuselage";

import type { DriveFile } from "../api/answers";
import { downloadPath } from "../api/drive";
import { useWords } from "../words/words";

interface Props {
  workspace: string;
  file: DriveFile;
  mayChange: boolean;
  onShare: (file: DriveFile) => void;
  onDelete: (file: DriveFile) => void;
}

/** A file; its name is the way to download it, and is never more than text. */
export function FileRow({ workspace, file, mayChange, onShare, onDelete }: Props) {
  const { say, numbers } = useWords();
  return (
    <li className="file">
      <Icon name="file" size={20} />
      <a
        className="truncate"
        href={downloadPath(workspace, file.id)}
        download={file.name}
        title={file.name}
        aria-label={say("drive.download", { name: file.name })}
      >
        {file.name}
      </a>
      <span className="hint figures file-size">{numbers.bytes(file.size)}</span>
      <span className="hint file-date">{numbers.moment(file.created_at)}</span>
      <span className="file-actions">
        {mayChange && (
          <>
            <IconButton
              small
              icon="link"
              aria-label={say("drive.share", { name: file.name })}
              title={say("drive.share.short")}
              onClick={() => {
                onShare(file);
              }}
            />
            <IconButton
              small
              icon="trash"
              aria-label={say("drive.delete", { name: file.name })}
              title={say("drive.delete.short")}
              onClick={() => {
                onDelete(file);
              }}
            />
          </>
        )}
      </span>
    </li>
  );
}
