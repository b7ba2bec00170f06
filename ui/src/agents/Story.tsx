import { useQuery } from "@tanstack/react-query";

import type { Agent } from "../api/answers";
import { storyQuery } from "../api/resources";
import { FaultBox } from "../parts/FaultBox";
import { Loading } from "../parts/Loading";
import { Panel } from "../parts/Panel";
import { useWords } from "../words/words";
import { Conditions } from "./Conditions";
import { Events } from "./Events";

const LINES = 5;

/** What the cluster says of an agent: its conditions and events. Nothing, for an agent that is no resource. */
export function Story({ agent }: { agent: Agent }) {
  const { say } = useWords();
  const story = useQuery(storyQuery(agent.id));
  if (story.isPending) return agent.managed_by === "operator" ? <Loading lines={LINES} height={40} /> : null;
  if (story.data === undefined) return <FaultBox error={story.error} retry={() => void story.refetch()} />;
  const { exists, doubt, observed, conditions, events } = story.data;
  if (!exists) return agent.managed_by === "operator" && doubt !== "" ? <p className="hint">{doubt}</p> : null;
  return (
    <div className="columns">
      <Panel title={say("overview.conditions")}>
        {!observed && <p className="hint">{say("overview.notObserved")}</p>}
        <Conditions conditions={conditions} />
      </Panel>
      <Panel title={say("overview.events")}>
        <Events events={events} />
        {doubt !== "" && <p className="hint">{doubt}</p>}
      </Panel>
    </div>
  );
}
