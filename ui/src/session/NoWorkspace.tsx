import { useQuery } from "@tanstack/react-query";

import { agentsQuery } from "../api/agents";
import { Empty } from "../parts/Empty";
import { Loading } from "../parts/Loading";
import { useWords } from "../words/words";

/** Stands where a page needs a workspace and there is none, or none is known yet. */
export function NoWorkspace() {
  const { say } = useWords();
  const agents = useQuery(agentsQuery);
  if (agents.isPending) return <Loading lines={4} height={48} />;
  return <Empty icon="team" title={say("workspace.none.title")} text={say("workspace.none.text")} />;
}
