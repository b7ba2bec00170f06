import { Button } from "@rocket.chat/fuselage";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";

import { driveKey } from "../api/drive";
import { useWords } from "../words/words";
import { UploadRow } from "./UploadRow";
import { uploads } from "./uploads";

/** What is being uploaded to a workspace, and how each file fared. */
export function UploadList({ workspace }: { workspace: string }) {
  const { say, numbers } = useWords();
  const client = useQueryClient();
  const mine = useSyncExternalStore(uploads.subscribe, uploads.list).filter((one) => one.workspace === workspace);
  const done = mine.filter(({ state }) => state === "done").length;
  const busy = mine.some(({ state }) => state === "waiting" || state === "sending");
  useEffect(() => {
    if (done > 0) void client.invalidateQueries({ queryKey: driveKey(workspace) });
  }, [client, workspace, done]);
  if (mine.length === 0) return null;
  return (
    <section className="uploads" aria-label={say("drive.uploads")}>
      <div className="uploads-head">
        <span role="status">
          {say("drive.uploads.done", { done: numbers.whole(done), all: numbers.whole(mine.length) })}
        </span>
        {!busy && (
          <Button
            size="small"
            onClick={() => {
              uploads.clear();
            }}
          >
            {say("common.close")}
          </Button>
        )}
      </div>
      <ul>
        {mine.map((upload) => (
          <UploadRow key={upload.id} upload={upload} />
        ))}
      </ul>
    </section>
  );
}
