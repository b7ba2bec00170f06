import { useQuery } from "@tanstack/react-query";

import { healthQuery } from "../api/agents";
import { useWords } from "../words/words";

/** Whether an agent is alive: a dot and a word, so that colour is not all there is. */
export function LifeBadge({ id }: { id: string }) {
  const { say } = useWords();
  const health = useQuery(healthQuery(id));
  const status = health.data?.status;
  const words = status ? say(`state.${status}`) : say(health.isError ? "state.unreadable" : "state.checking");
  return (
    <span className={`life life-${status ?? "none"}`} title={health.data?.message}>
      <span className="life-dot" aria-hidden="true" />
      {words}
    </span>
  );
}
