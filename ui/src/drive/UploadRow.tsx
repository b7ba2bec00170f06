import { Button, Icon } from "@rocket.chat/fuselage";

import { useFaultWords } from "../parts/faultWords";
import { useWords } from "../words/words";
import { type Upload, uploads } from "./uploads";

const FULL = 100;
const NO_FAULT = { code: "", status: 1, message: "" };

/** One file on its way: how far it is, or what became of it and what can be done about it. */
export function UploadRow({ upload }: { upload: Upload }) {
  const { say, numbers } = useWords();
  const { file, state } = upload;
  const fault = useFaultWords(upload.fault ?? NO_FAULT);
  const percent = file.size > 0 ? (FULL * upload.sent) / file.size : 0;
  const tooLarge = upload.fault?.status === 413;
  return (
    <li className="upload">
      <span className="truncate" title={file.name}>
        {file.name}
      </span>
      {state === "waiting" && <span className="hint">{say("drive.waiting")}</span>}
      {state === "sending" && (
        <>
          <progress max={FULL} value={percent} aria-label={say("drive.sending", { name: file.name })} />
          <span className="hint figures">{numbers.percent(Math.floor(percent))}</span>
        </>
      )}
      {state === "done" && (
        <span className="upload-done">
          <Icon name="check" size={16} /> {say("drive.sent")}
        </span>
      )}
      {state === "exists" && (
        <>
          <span role="alert">{say("drive.exists")}</span>
          <Again id={upload.id} overwrite words={say("drive.replace")} />
        </>
      )}
      {state === "failed" && (
        <>
          <span className="field-error" role="alert">
            {fault}
          </span>
          {!tooLarge && <Again id={upload.id} overwrite={upload.overwrite} words={say("common.retry")} />}
        </>
      )}
      {state !== "done" && (
        <Button
          size="small"
          aria-label={`${say("common.cancel")}: ${file.name}`}
          onClick={() => {
            uploads.drop(upload.id);
          }}
        >
          {say("common.cancel")}
        </Button>
      )}
    </li>
  );
}

function Again({ id, overwrite, words }: { id: number; overwrite: boolean; words: string }) {
  return (
    <Button
      size="small"
      onClick={() => {
        uploads.again(id, overwrite);
      }}
    >
      {words}
    </Button>
  );
}
