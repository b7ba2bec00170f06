import { Icon } from "@rocket.chat/fuselage";

import type { DriveFolder } from "../api/answers";

export function FolderRow({ folder, onOpen }: { folder: DriveFolder; onOpen: (path: string) => void }) {
  return (
    <li className="file">
      <Icon name="folder" size={20} />
      <button
        type="button"
        className="link-button truncate"
        title={folder.name}
        onClick={() => {
          onOpen(folder.path);
        }}
      >
        {folder.name}
      </button>
    </li>
  );
}
