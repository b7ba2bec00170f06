import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import type { Statement, Summary } from "../api/answers";
import { type Period, statementQuery, summaryCsv, summaryQuery } from "../api/usage";
import { Empty } from "../parts/Empty";
import { FaultBox } from "../parts/FaultBox";
import { Loading } from "../parts/Loading";
import { Page } from "../parts/Page";
import { NoWorkspace } from "../session/NoWorkspace";
import { useSession } from "../session/session";
import { WorkspacePick } from "../session/WorkspacePick";
import { seesAll, useWorkspace } from "../session/workspaces";
import { useWords } from "../words/words";
import { AgentBars } from "./AgentBars";
import { DaysOfAgents } from "./DaysOfAgents";
import { PeriodBar } from "./PeriodBar";
import { Tiles } from "./Tiles";

/** What all agents used, what it costs, and what it will come to. */
export default function UsagePage() {
  const { say, numbers } = useWords();
  const [period, setPeriod] = useState<Period>("month");
  const place = useWorkspace(seesAll(useSession()));
  const enabled = place.mayAll || place.workspace !== null;
  const summary = useQuery({ ...summaryQuery(period, place.workspace), enabled });
  const statement = useQuery({ ...statementQuery(place.workspace), enabled });
  return (
    <Page
      title={say("usage.title")}
      lead={say("usage.utc")}
      actions={
        <>
          <WorkspacePick {...place} />
          <PeriodBar period={period} onChange={setPeriod} csv={summaryCsv(period, place.workspace)} />
        </>
      }
    >
      {!enabled && <NoWorkspace />}
      {enabled && (summary.isPending || statement.isPending) && <Loading lines={4} height={96} />}
      {summary.isError && <FaultBox error={summary.error} retry={() => void summary.refetch()} />}
      {summary.data !== undefined && !statement.isPending && (
        <>
          <Tiles usage={summary.data} plans={plansOf(statement.data)} />
          {summary.data.requests_unpriced > 0 && (
            <p className="hint">{say("usage.unpriced", { n: numbers.whole(summary.data.requests_unpriced) })}</p>
          )}
          {summary.data.agents.length === 0 ? (
            <Empty icon="dashboard" title={say("usage.empty.title")} text={say("usage.empty.text")} />
          ) : (
            <>
              <AgentBars summary={summary.data} cost={costOf(summary.data, period === "month" ? statement.data : undefined)} />
              {period !== "day" && <DaysOfAgents summary={summary.data} period={period} />}
            </>
          )}
        </>
      )}
    </Page>
  );
}

function plansOf(statement: Statement | undefined): number {
  return statement?.lines.reduce((sum, line) => sum + line.price, 0) ?? 0;
}

/** What it costs whoever pays: plans by their price, and what providers charge for agents on their own keys. */
function costOf(summary: Summary, statement: Statement | undefined): number {
  const own = summary.agents.filter((line) => line.tier === null);
  return plansOf(statement) + own.reduce((sum, line) => sum + line.cost_total, 0);
}
