import { Button } from "@rocket.chat/fuselage";
import { useMutation, useQueryClient } from "@tanstack/react-query";

import type { DriveFile } from "../api/answers";
import { deleteFile, driveKey } from "../api/drive";
import { Dialog } from "../parts/Dialog";
import { FaultBox } from "../parts/FaultBox";
import { useWords } from "../words/words";

interface Props {
  workspace: string;
  file: DriveFile;
  onClose: () => void;
}

/** Asks before a file is deleted: nothing brings it back. */
export function DeleteFile({ workspace, file, onClose }: Props) {
  const { say } = useWords();
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => deleteFile(workspace, file.id),
    onSuccess: async () => {
      onClose();
      await client.invalidateQueries({ queryKey: driveKey(workspace) });
    },
  });
  return (
    <Dialog title={say("drive.delete.title")} onClose={onClose}>
      <div className="form">
        <p>
          <strong className="wrap">{file.path}</strong>
        </p>
        <p>{say("drive.delete.text")}</p>
        {remove.isError && <FaultBox error={remove.error} />}
        <div className="form-actions">
          <Button onClick={onClose}>{say("common.cancel")}</Button>
          <Button
            variant="danger"
            disabled={remove.isPending}
            loading={remove.isPending}
            onClick={() => {
              remove.mutate();
            }}
          >
            {say("drive.delete.short")}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
