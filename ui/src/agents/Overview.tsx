import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "react-router";

import { healthQuery } from "../api/agents";
import type { Health } from "../api/answers";
import { tiersQuery } from "../api/llm";
import { storyQuery } from "../api/resources";
import { FaultBox } from "../parts/FaultBox";
import { Loading } from "../parts/Loading";
import { Panel } from "../parts/Panel";
import { useWords } from "../words/words";
import { useAgent } from "./AgentPage";
import { answeredBy } from "./answeredBy";
import { Story } from "./Story";

/** How an agent is, what it is, and what happened to it. */
export default function Overview() {
  const { say } = useWords();
  const agent = useAgent();
  const health = useQuery(healthQuery(agent.id));
  const story = useQuery(storyQuery(agent.id));
  const up = story.data?.ready_since ?? null;
  return (
    <>
      <div className="columns">
        <Panel title={say("overview.health")}>
          {health.isPending && <Loading lines={3} />}
          {health.isError && <FaultBox error={health.error} retry={() => void health.refetch()} />}
          {health.data !== undefined && (
            <Condition health={health.data} upFor={up === null ? null : health.dataUpdatedAt - Date.parse(up)} />
          )}
        </Panel>
        <About />
      </div>
      <Story agent={agent} />
    </>
  );
}

/** `upFor`: milliseconds that it has answered without a break; null while it does not. */
function Condition({ health, upFor }: { health: Health; upFor: number | null }) {
  const { say, find, numbers } = useWords();
  const pod = health.ready ? "ready" : health.live ? "live" : "silent";
  const reason = health.reason === null ? null : (find(`reason.${health.reason}`) ?? health.reason);
  const managed = health.phase !== null;
  return (
    <>
      <p className={`verdict verdict-${health.status}`}>{say(`overview.${health.status}`)}</p>
      {managed && health.message !== "" && <p>{health.message}</p>}
      {managed && (
        <dl className="facts">
          <Fact name={say("overview.phase")}>{health.phase}</Fact>
          <Fact name={say("overview.pod")}>{say(`overview.pod.${pod}`)}</Fact>
          {reason !== null && <Fact name={say("overview.reason")}>{reason}</Fact>}
          {upFor !== null && <Fact name={say("overview.uptime")}>{numbers.lasting(upFor)}</Fact>}
          {health.since !== null && <Fact name={say("overview.since")}>{numbers.moment(health.since)}</Fact>}
        </dl>
      )}
    </>
  );
}

function About() {
  const { say, numbers } = useWords();
  const agent = useAgent();
  const tiers = useQuery(tiersQuery);
  const plan = tiers.data?.find((tier) => tier.id === agent.llm?.tier);
  const none = <span className="hint">{say("common.none")}</span>;
  return (
    <Panel title={say("overview.facts")}>
      <dl className="facts">
        <Fact name={say("overview.answers")}>
          {answeredBy(agent.llm, plan) ?? <Link to="llm">{say("agents.noModel")}</Link>}
        </Fact>
        <Fact name={say("overview.id")}>
          <code>{agent.id}</code>
        </Fact>
        <Fact name={say("overview.template")}>{agent.template ?? none}</Fact>
        <Fact name={say("overview.tools")}>{agent.tools.length > 0 ? agent.tools.join(", ") : none}</Fact>
        <Fact name={say("overview.delegates")}>{agent.delegates.length > 0 ? agent.delegates.join(", ") : none}</Fact>
        <Fact name={say("overview.managedBy")}>{say(`overview.managedBy.${agent.managed_by}`)}</Fact>
        <Fact name={say("overview.created")}>{numbers.moment(agent.created_at)}</Fact>
      </dl>
    </Panel>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
