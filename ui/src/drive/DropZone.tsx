import { type DragEvent, type ReactNode, useRef, useState } from "react";

import { useWords } from "../words/words";

interface Props {
  enabled: boolean;
  onFiles: (files: File[]) => void;
  children: ReactNode;
}

/** Takes files that are dragged onto it; the button beside does the same for those who do not drag. */
export function DropZone({ enabled, onFiles, children }: Props) {
  const { say } = useWords();
  const [over, setOver] = useState(false);
  const depth = useRef(0);
  const within = (event: DragEvent, change: number) => {
    if (!enabled || !event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    depth.current = Math.max(0, depth.current + change);
    setOver(depth.current > 0);
  };
  return (
    <section
      className={`panel drive ${over ? "drive-over" : ""}`}
      aria-label={say("drive.title")}
      onDragEnter={(event) => {
        within(event, 1);
      }}
      onDragLeave={(event) => {
        within(event, -1);
      }}
      onDragOver={(event) => {
        within(event, 0);
      }}
      onDrop={(event) => {
        within(event, -depth.current);
        if (enabled) onFiles(filesOf(event.dataTransfer));
      }}
    >
      {children}
    </section>
  );
}

/** The files among what was dropped; a folder cannot be sent as one. */
function filesOf(dropped: DataTransfer): File[] {
  const folders = [...dropped.items].filter((item) => item.kind === "file").map(isFolder);
  return [...dropped.files].filter((_, place) => folders[place] !== true);
}

function isFolder(item: DataTransferItem): boolean {
  return item.webkitGetAsEntry()?.isDirectory === true;
}
