import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { useAgent } from "../agents/AgentPage";
import type { Usage } from "../api/answers";
import { tiersQuery } from "../api/llm";
import { agentCsv, agentUsageQuery, type Period } from "../api/usage";
import { FaultBox } from "../parts/FaultBox";
import { Loading } from "../parts/Loading";
import { Meter } from "../parts/Meter";
import { Panel } from "../parts/Panel";
import { useWords } from "../words/words";
import { DayChart } from "./DayChart";
import { seriesOf } from "./days";
import { ModelTable } from "./ModelTable";
import { PeriodBar } from "./PeriodBar";
import { Tiles } from "./Tiles";

/** What one agent used. */
export default function AgentUsage() {
  const { say } = useWords();
  const agent = useAgent();
  const [period, setPeriod] = useState<Period>("month");
  const usage = useQuery(agentUsageQuery(agent.id, period));
  return (
    <>
      <div className="toolbar toolbar-end">
        <PeriodBar period={period} onChange={setPeriod} csv={agentCsv(agent.id, period)} />
      </div>
      {usage.isPending && <Loading lines={3} height={96} />}
      {usage.isError && <FaultBox error={usage.error} retry={() => void usage.refetch()} />}
      {usage.data !== undefined && (
        <>
          <Plan usage={usage.data} name={agent.display_name} />
          <Tiles usage={usage.data} />
          {period !== "day" && (
            <Panel title={say("usage.perDay")}>
              <DayChart
                dates={usage.data.by_date.map((day) => day.date)}
                series={[seriesOf(say("usage.tokens"), usage.data.by_date)]}
              />
            </Panel>
          )}
          {usage.data.tier === null && <ModelTable models={usage.data.by_model} />}
        </>
      )}
    </>
  );
}

function Plan({ usage, name }: { usage: Usage; name: string }) {
  const { say, numbers } = useWords();
  const tiers = useQuery(tiersQuery);
  const plan = tiers.data?.find((tier) => tier.id === usage.tier);
  if (usage.included_tokens === null || plan === undefined) return null;
  const percent = usage.percent ?? 0;
  const words = say("usage.ofPlan", { percent: numbers.percent(percent), plan: plan.name });
  return (
    <Panel title={`${plan.name} · ${numbers.month(`${usage.plan_month}-01`)}`}>
      <Meter label={name} percent={percent} words={words} />
      <p className="hint">
        {words} ({numbers.short(usage.included_tokens)} {say("usage.included")})
      </p>
    </Panel>
  );
}
