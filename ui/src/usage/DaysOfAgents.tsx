import { useQueries } from "@tanstack/react-query";

import type { Summary } from "../api/answers";
import { agentUsageQuery, type Period } from "../api/usage";
import { Panel } from "../parts/Panel";
import { useWords } from "../words/words";
import { DayChart } from "./DayChart";
import { restOf, seriesOf } from "./days";

const NAMED = 4;

/** Tokens of each day: the agents that used most by name, the others together. */
export function DaysOfAgents({ summary, period }: { summary: Summary; period: Period }) {
  const { say } = useWords();
  const top = [...summary.agents]
    .sort((one, other) => other.tokens_total - one.tokens_total)
    .filter((line) => line.tokens_total > 0)
    .slice(0, NAMED);
  const usages = useQueries({ queries: top.map((line) => agentUsageQuery(line.agent_id, period)) });
  const named = top.flatMap((line, place) => {
    const days = usages[place]?.data?.by_date;
    return days === undefined ? [] : [seriesOf(line.display_name, days)];
  });
  const rest = restOf(say("usage.others"), summary.by_date, named);
  const others = [...rest.days.values()].some((tokens) => tokens > 0);
  return (
    <Panel title={say("usage.perDay")}>
      <DayChart dates={summary.by_date.map((day) => day.date)} series={others ? [...named, rest] : named} />
    </Panel>
  );
}
