import { Avatar } from "../agents/Avatar";
import { FaultBox } from "../parts/FaultBox";
import { useWords } from "../words/words";
import type { Line } from "./conversation";

interface Props {
  line: Line;
  name: string;
  writing: boolean;
  /** Asks once more what was not answered whole; for the last line alone. */
  onAgain?: (() => void) | undefined;
}

/** One turn. It is shown as the text that it is: nothing in it becomes a part of the page. */
export function ChatLine({ line, name, writing, onAgain }: Props) {
  const { say, numbers } = useWords();
  const mine = line.role === "user";
  const speaker = mine ? say("chat.you") : name;
  return (
    <article className={`turn ${mine ? "turn-mine" : ""}`} aria-label={speaker}>
      {!mine && <Avatar name={name} />}
      <div className="turn-body">
        <p className="turn-text">
          {line.content}
          {writing && line.content === "" && <span className="hint">{say("chat.writing")}</span>}
          {writing && <span className="caret" aria-hidden="true" />}
        </p>
        {line.usage !== null && line.usage !== undefined && (
          <p className="hint">
            {say("chat.tokens", { tokens: numbers.whole(line.usage.tokens_total) })}
            {line.cost !== undefined && line.cost !== null && ` · ${numbers.money(line.cost)}`}
          </p>
        )}
        {line.stopped === true && <p className="hint">{say("chat.stopped")}</p>}
        {line.fault !== undefined && (
          <FaultBox
            error={line.fault}
            {...(line.content === "" ? {} : { title: say("chat.cut") })}
            {...(onAgain === undefined ? {} : { retry: onAgain })}
          />
        )}
      </div>
    </article>
  );
}
