import { Button, Icon, SearchInput } from "@rocket.chat/fuselage";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useMemo, useState } from "react";

import { agentsQuery } from "../api/agents";
import type { Agent } from "../api/answers";
import { Empty } from "../parts/Empty";
import { FaultBox } from "../parts/FaultBox";
import { Loading } from "../parts/Loading";
import { Page } from "../parts/Page";
import { usePlacesToCreate } from "../session/workspaces";
import { useWords } from "../words/words";
import { AgentList } from "./AgentList";

const CreateAgent = lazy(() => import("../create/CreateAgent"));
const LINES = 8;
const ROW = 64;

/** All agents that one may see, with how they are and what they used. */
export default function AgentsPage() {
  const { say } = useWords();
  const places = usePlacesToCreate();
  const [creating, setCreating] = useState(false);
  const create = places.length > 0 && (
    <Button
      variant="primary"
      icon="plus"
      onClick={() => {
        setCreating(true);
      }}
    >
      {say("agents.new")}
    </Button>
  );
  return (
    <Page title={say("agents.title")} actions={create}>
      <Agents create={create} />
      {creating && (
        <Suspense fallback={null}>
          <CreateAgent
            places={places}
            onClose={() => {
              setCreating(false);
            }}
          />
        </Suspense>
      )}
    </Page>
  );
}

function Agents({ create }: { create: React.ReactNode }) {
  const { say, numbers } = useWords();
  const agents = useQuery(agentsQuery);
  const [sought, setSought] = useState("");
  const shown = useMemo(() => matching(agents.data ?? [], sought), [agents.data, sought]);
  if (agents.isPending) return <Loading lines={LINES} height={ROW} />;
  if (agents.data === undefined) return <FaultBox error={agents.error} retry={() => void agents.refetch()} />;
  if (agents.data.length === 0) {
    return (
      <Empty icon="ai" title={say("agents.empty.title")} text={say("agents.empty.text")}>
        {create}
      </Empty>
    );
  }
  return (
    <>
      <div className="toolbar">
        <SearchInput
          aria-label={say("agents.search")}
          placeholder={say("agents.search")}
          value={sought}
          endAddon={<Icon name="magnifier" size={20} />}
          onChange={(event) => {
            setSought((event.target as HTMLInputElement).value);
          }}
        />
        <span className="hint" role="status">
          {say("agents.count", { shown: numbers.whole(shown.length), all: numbers.whole(agents.data.length) })}
        </span>
      </div>
      {shown.length === 0 ? (
        <Empty icon="magnifier" title={say("agents.noMatch.title")} text={say("agents.noMatch.text")} />
      ) : (
        <AgentList agents={shown} />
      )}
    </>
  );
}

function matching(agents: Agent[], sought: string): Agent[] {
  const words = sought.toLowerCase().split(/\s+/).filter(Boolean);
  return agents.filter((agent) => {
    const text = `${agent.display_name} ${agent.id}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
