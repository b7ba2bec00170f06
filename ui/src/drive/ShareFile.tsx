import { Button } from "@rocket.chat/fuselage";
import { useMutation } from "@tanstack/react-query";

import type { DriveFile } from "../api/answers";
import { shareFile } from "../api/drive";
import { CopyBox } from "../parts/CopyBox";
import { Dialog } from "../parts/Dialog";
import { FaultBox } from "../parts/FaultBox";
import { useWords } from "../words/words";

interface Props {
  workspace: string;
  file: DriveFile;
  onClose: () => void;
}

/** Makes a link to a file, after it was said what that means. */
export function ShareFile({ workspace, file, onClose }: Props) {
  const { say } = useWords();
  const share = useMutation({ mutationFn: () => shareFile(workspace, file.id) });
  return (
    <Dialog title={say("drive.share.title")} onClose={onClose}>
      <div className="form">
        <p>
          <strong className="wrap">{file.path}</strong>
        </p>
        <p>{say("drive.share.text")}</p>
        {share.isError && <FaultBox error={share.error} />}
        {share.data !== undefined && <CopyBox text={new URL(share.data.url, location.origin).href} />}
        <div className="form-actions">
          <Button onClick={onClose}>{say("common.close")}</Button>
          {share.data === undefined && (
            <Button
              variant="primary"
              disabled={share.isPending}
              loading={share.isPending}
              onClick={() => {
                share.mutate();
              }}
            >
              {say("drive.share.make")}
            </Button>
          )}
        </div>
      </div>
    </Dialog>
  );
}
