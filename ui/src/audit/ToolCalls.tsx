import { Button } from "@rocket.chat/fuselage";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { agentsQuery } from "../api/agents";
import { callsQuery } from "../api/audit";
import { Empty } from "../parts/Empty";
import { FaultBox } from "../parts/FaultBox";
import { Loading } from "../parts/Loading";
import { Panel } from "../parts/Panel";
import { Pick } from "../parts/Pick";
import { useWords } from "../words/words";
import { CallTable } from "./CallTable";
import { TOOLS } from "./tools";

const LINES = 8;
const ROW = 40;

/** Who called which tool on what, how it went and when; by agent and by tool. */
export function ToolCalls({ workspace }: { workspace: string }) {
  const { say } = useWords();
  const agents = useQuery(agentsQuery);
  const [agent, setAgent] = useState("");
  const [tool, setTool] = useState("");
  const calls = useInfiniteQuery(callsQuery({ workspace_id: workspace, agent_id: agent, tool }));
  const here = (agents.data ?? []).filter((one) => workspace === "" || one.workspace_id === workspace);
  const rows = calls.data?.pages.flatMap((page) => page.calls) ?? [];
  return (
    <Panel title={say("audit.calls")}>
      <div className="toolbar">
        <Pick
          label={say("audit.agent")}
          value={agent}
          options={[
            { value: "", label: say("audit.agent.all") },
            ...here.map(({ id, display_name }) => ({ value: id, label: display_name })),
          ]}
          onChange={setAgent}
        />
        <Pick
          label={say("audit.tool")}
          value={tool}
          options={[
            { value: "", label: say("audit.tool.all") },
            ...TOOLS.map((name) => ({ value: name, label: say(`tool.${name}`) })),
          ]}
          onChange={setTool}
        />
      </div>
      {calls.isPending && <Loading lines={LINES} height={ROW} />}
      {calls.isError && <FaultBox error={calls.error} retry={() => void calls.refetch()} />}
      {calls.isSuccess && rows.length === 0 && (
        <Empty icon="list-bullets" title={say("audit.empty.title")} text={say("audit.empty.text")} />
      )}
      {rows.length > 0 && <CallTable calls={rows} />}
      {calls.hasNextPage && (
        <Button
          onClick={() => void calls.fetchNextPage()}
          disabled={calls.isFetchingNextPage}
          loading={calls.isFetchingNextPage}
        >
          {say("common.more")}
        </Button>
      )}
    </Panel>
  );
}
