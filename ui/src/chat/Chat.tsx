import { Button } from "@rocket.chat/fuselage";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";

import { useAgent } from "../agents/AgentPage";
import { Choice } from "../parts/Choice";
import { Empty } from "../parts/Empty";
import { useMay } from "../session/session";
import { useWords } from "../words/words";
import { ChatLine } from "./ChatLine";
import { Composer } from "./Composer";
import { useConversation } from "./conversation";
import type { Via } from "./stream";

/** Talk to an agent, or to its model alone. */
export default function Chat() {
  const { say } = useWords();
  const agent = useAgent();
  const may = useMay("update", agent.workspace_id);
  const client = useQueryClient();
  const talk = useConversation(agent.id, () => void client.invalidateQueries({ queryKey: ["usage"] }));
  const [via, setVia] = useState<Via>(agent.gateway === null ? "llm" : "agent");
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    end.current?.scrollIntoView({ block: "nearest" });
  }, [talk.lines]);
  return (
    <section className="chat panel">
      <div className="chat-head">
        {agent.gateway !== null && (
          <Choice<Via>
            legend={say("chat.via")}
            quiet
            value={via}
            onChange={setVia}
            options={[
              { value: "agent", label: say("chat.via.agent") },
              { value: "llm", label: say("chat.via.llm") },
            ]}
          />
        )}
        {talk.lines.length > 0 && (
          <Button size="small" onClick={talk.clear}>
            {say("chat.clear")}
          </Button>
        )}
      </div>
      <div className="chat-log" role="log" aria-label={say("chat.log")} aria-busy={talk.busy} tabIndex={0}>
        {talk.lines.length === 0 && (
          <Empty
            icon="balloon-text"
            title={say("chat.empty.title", { name: agent.display_name })}
            text={say("chat.empty.text")}
          />
        )}
        {talk.lines.map((line, place) => (
          <ChatLine
            key={line.id}
            line={line}
            name={agent.display_name}
            writing={talk.busy && place === talk.lines.length - 1}
            onAgain={place === talk.lines.length - 1 ? () => void talk.again(via) : undefined}
          />
        ))}
        <div ref={end} />
      </div>
      {may === false ? (
        <p className="composer hint">{say("chat.readOnly")}</p>
      ) : (
        <Composer busy={talk.busy} onStop={talk.stop} onSend={(message) => void talk.say(message, via)} />
      )}
    </section>
  );
}
