import { Link } from "react-router";

import type { Agent, AgentUse, Tier } from "../api/answers";
import { Meter } from "../parts/Meter";
import { useWords } from "../words/words";
import { Avatar } from "./Avatar";
import { answeredBy } from "./answeredBy";
import { LifeBadge } from "./LifeBadge";
import { RunSwitch } from "./RunSwitch";

interface Props {
  agent: Agent;
  used: AgentUse | undefined;
  plan: Tier | undefined;
}

export function AgentRow({ agent, used, plan }: Props) {
  const { say } = useWords();
  return (
    <div className="agent-row">
      <div className="agent-name">
        <Avatar name={agent.display_name} />
        <div className="truncate">
          <Link to={`/agents/${encodeURIComponent(agent.id)}`} className="agent-link" title={agent.display_name}>
            {agent.display_name}
          </Link>
          <span className="hint truncate" title={agent.id}>
            {agent.id}
          </span>
        </div>
      </div>
      <div className="agent-state">
        <LifeBadge id={agent.id} />
      </div>
      <div className="agent-model truncate" title={answeredBy(agent.llm, plan) ?? undefined}>
        {answeredBy(agent.llm, plan) ?? <span className="hint">{say("agents.noModel")}</span>}
      </div>
      <Used name={agent.display_name} used={used} />
      <RunSwitch agent={agent} />
    </div>
  );
}

function Used({ name, used }: { name: string; used: AgentUse | undefined }) {
  const { say, numbers } = useWords();
  const tokens = numbers.short(used?.tokens_total ?? 0);
  const included = used?.included_tokens ?? 0;
  if (included === 0) return <div className="agent-used hint">{say("agents.tokens", { used: tokens })}</div>;
  const words = say("agents.tokens.plan", { used: tokens, included: numbers.short(included) });
  return (
    <div className="agent-used">
      <span className="figures">{words}</span>
      <Meter label={name} percent={used?.percent ?? 0} words={words} />
    </div>
  );
}
