import { Button } from "@rocket.chat/fuselage";
import { useState } from "react";

import { useWords } from "../words/words";

/** Text to take along. The button is there where browsers let pages copy: over HTTPS, and on this machine. */
export function CopyBox({ text }: { text: string }) {
  const { say } = useWords();
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
  };
  return (
    <div className="secret">
      <code>{text}</code>
      {"clipboard" in navigator && (
        <Button size="small" onClick={() => void copy()}>
          {say(copied ? "common.copied" : "common.copy")}
        </Button>
      )}
    </div>
  );
}
