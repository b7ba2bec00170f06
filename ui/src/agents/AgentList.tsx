import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { type ItemProps, Virtuoso } from "react-virtuoso";

import type { Agent } from "../api/answers";
import { tiersQuery } from "../api/llm";
import { useAgentsUse } from "../usage/agentsUse";
import { useWords } from "../words/words";
import { AgentRow } from "./AgentRow";

const AT_FIRST = 20;
const ROW = 73;

const PARTS = {
  List: (props: React.ComponentProps<"div">) => <div {...props} role="list" />,
  Item: ({ style, children, ...data }: ItemProps<Agent>) => (
    <div
      role="listitem"
      style={style}
      data-index={data["data-index"]}
      data-item-index={data["data-item-index"]}
      data-known-size={data["data-known-size"]}
    >
      {children}
    </div>
  ),
};

/** Agents one below the other; only those in sight are in the page, so that a thousand are as quick as ten. */
export function AgentList({ agents }: { agents: Agent[] }) {
  const { say } = useWords();
  const tiers = useQuery(tiersQuery);
  const used = useAgentsUse("month");
  const plans = useMemo(() => new Map(tiers.data?.map((tier) => [tier.id, tier])), [tiers.data]);
  return (
    <div className="list panel">
      <div className="agent-row list-head" aria-hidden="true">
        <span>{say("agents.col.name")}</span>
        <span>{say("agents.col.state")}</span>
        <span>{say("agents.col.model")}</span>
        <span>{say("agents.col.tokens")}</span>
        <span />
      </div>
      <Virtuoso
        useWindowScroll
        data={agents}
        components={PARTS}
        defaultItemHeight={ROW}
        initialItemCount={Math.min(agents.length, AT_FIRST)}
        computeItemKey={(index, agent) => (agent as Agent | undefined)?.id ?? index}
        itemContent={(_, agent) => (
          <AgentRow
            agent={agent}
            used={used.get(agent.id)}
            plan={agent.llm?.tier === undefined ? undefined : plans.get(agent.llm.tier)}
          />
        )}
      />
    </div>
  );
}
