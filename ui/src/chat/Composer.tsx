import { Button, Icon, TextAreaInput } from "@rocket.chat/fuselage";
import { type KeyboardEvent, type SyntheticEvent, useState } from "react";

import { useWords } from "../words/words";

interface Props {
  busy: boolean;
  onSend: (message: string) => void;
  onStop: () => void;
}

/** Where one writes: Enter sends, with Shift it begins a line. */
export function Composer({ busy, onSend, onStop }: Props) {
  const { say } = useWords();
  const [message, setMessage] = useState("");
  const send = () => {
    if (busy || message.trim() === "") return;
    onSend(message.trim());
    setMessage("");
  };
  return (
    <form
      className="composer"
      onSubmit={(event: SyntheticEvent) => {
        event.preventDefault();
        send();
      }}
    >
      <TextAreaInput
        aria-label={say("chat.input")}
        placeholder={say("chat.placeholder")}
        rows={2}
        value={message}
        onChange={(event) => {
          setMessage((event.target as HTMLTextAreaElement).value);
        }}
        onKeyDown={(event: KeyboardEvent) => {
          if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
          event.preventDefault();
          send();
        }}
      />
      {busy ? (
        <Button onClick={onStop}>{say("chat.stop")}</Button>
      ) : (
        <Button variant="primary" type="submit" disabled={message.trim() === ""}>
          <Icon name="send" size={20} /> {say("chat.send")}
        </Button>
      )}
    </form>
  );
}
