import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";

import { Avatar } from "../agents/Avatar";
import type { AgentUse, Summary } from "../api/answers";
import { tiersQuery } from "../api/llm";
import { Meter } from "../parts/Meter";
import { Panel } from "../parts/Panel";
import { useWords } from "../words/words";

const MOST = 100;

/** A bar for each agent against its plan, and the total below, as on a bill. */
export function AgentBars({ summary, cost }: { summary: Summary; cost: number }) {
  const { say, numbers } = useWords();
  const sorted = [...summary.agents].sort((one, other) => other.tokens_total - one.tokens_total);
  const lines = sorted.slice(0, MOST);
  const others = sorted.slice(MOST);
  const most = lines[0]?.tokens_total ?? 0;
  return (
    <Panel title={say("usage.byAgent")}>
      <ul className="bars">
        {lines.map((line) => (
          <Bar key={line.agent_id} line={line} most={most} />
        ))}
      </ul>
      {others.length > 0 && (
        <p className="hint">
          {say("usage.otherAgents", {
            n: numbers.whole(others.length),
            tokens: numbers.short(others.reduce((sum, line) => sum + line.tokens_total, 0)),
          })}
        </p>
      )}
      <p className="bars-total">
        <strong>{say("usage.total")}</strong>
        <strong className="figures">{say("usage.tokens.n", { tokens: numbers.short(summary.tokens_total) })}</strong>
        <span>
          {say("usage.cost")} <strong className="figures">{numbers.money(cost)}</strong>
        </span>
        <span>
          {say("usage.overage")} <strong className="figures">{numbers.money(summary.price_total)}</strong>
        </span>
      </p>
    </Panel>
  );
}

function Bar({ line, most }: { line: AgentUse; most: number }) {
  const { say, numbers } = useWords();
  const tiers = useQuery(tiersQuery);
  const to = `/agents/${encodeURIComponent(line.agent_id)}`;
  const planName = tiers.data?.find((tier) => tier.id === line.tier)?.name ?? line.tier;
  const onPlan = line.tier !== null && (line.included_tokens ?? 0) > 0;
  const percent = onPlan ? (line.percent ?? 0) : most > 0 ? (100 * line.tokens_total) / most : 0;
  const state = line.fair_use?.state ?? "Within";
  const words = onPlan
    ? say("usage.ofPlan", { percent: numbers.percent(percent), plan: planName ?? "" })
    : say("usage.noPlan");
  return (
    <li className="bar">
      <div className="agent-name">
        <Avatar name={line.display_name} />
        <div className="truncate">
          <Link to={`${to}/usage`} className="agent-link" title={line.display_name}>
            {line.display_name}
          </Link>
          <span className="hint">
            {words}
            {state !== "Within" && ` · ${say(`usage.state.${state}`)}`}
          </span>
        </div>
      </div>
      <Meter label={line.display_name} percent={onPlan ? percent : Math.min(percent, 79)} words={words} />
      <span className="figures bar-figure">{numbers.short(line.tokens_total)}</span>
      <span className="bar-links">
        <Link to={`${to}/usage`} aria-label={`${say("usage.details")}: ${line.display_name}`}>
          {say("usage.details")}
        </Link>
        <Link to={`${to}/llm`} aria-label={`${say("usage.changePlan")}: ${line.display_name}`}>
          {say("usage.changePlan")}
        </Link>
      </span>
    </li>
  );
}
