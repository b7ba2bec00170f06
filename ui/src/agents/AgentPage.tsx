import { Icon } from "@rocket.chat/fuselage";
import { useQuery } from "@tanstack/react-query";
import { Suspense } from "react";
import { Link, NavLink, Outlet, useOutletContext, useParams } from "react-router";

import { agentQuery } from "../api/agents";
import type { Agent } from "../api/answers";
import { FaultBox } from "../parts/FaultBox";
import { Loading } from "../parts/Loading";
import { Page } from "../parts/Page";
import { useWords } from "../words/words";
import { LifeBadge } from "./LifeBadge";
import { RunSwitch } from "./RunSwitch";

const TABS = [
  { to: "", key: "agent.tab.overview" },
  { to: "llm", key: "agent.tab.llm" },
  { to: "chat", key: "agent.tab.chat" },
  { to: "files", key: "agent.tab.files" },
  { to: "usage", key: "agent.tab.usage" },
] as const;

/** The agent whose page this is; for the tabs. */
export function useAgent(): Agent {
  return useOutletContext<Agent>();
}

export default function AgentPage() {
  const { say } = useWords();
  const { id = "" } = useParams();
  const agent = useQuery(agentQuery(id));
  if (agent.isPending) return <Loading lines={6} height={48} />;
  if (agent.data === undefined) return <FaultBox error={agent.error} retry={() => void agent.refetch()} />;
  return (
    <>
      <Link to="/" className="back">
        <Icon name="arrow-left" size={16} />
        {say("agent.back")}
      </Link>
      <Page title={agent.data.display_name} actions={<RunSwitch agent={agent.data} wide />}>
        <p className="agent-sub">
          <LifeBadge id={id} />
          <span className="hint truncate">{id}</span>
        </p>
        <nav className="tabs" aria-label={agent.data.display_name}>
          {TABS.map((tab) => (
            <NavLink key={tab.key} to={tab.to} end className="tab">
              {say(tab.key)}
            </NavLink>
          ))}
        </nav>
        <Suspense fallback={<Loading lines={5} height={40} />}>
          <Outlet context={agent.data} />
        </Suspense>
      </Page>
    </>
  );
}
