import { Button } from "@rocket.chat/fuselage";
import { useRef } from "react";

import { useWords } from "../words/words";

/** Opens the browser's own choice of files. */
export function UploadButton({ onFiles }: { onFiles: (files: File[]) => void }) {
  const { say } = useWords();
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label={say("drive.choose")}
        onChange={(event) => {
          onFiles([...(event.target.files ?? [])]);
          event.target.value = "";
        }}
      />
      <Button
        variant="primary"
        icon="upload"
        onClick={() => {
          input.current?.click();
        }}
      >
        {say("drive.upload")}
      </Button>
    </>
  );
}
