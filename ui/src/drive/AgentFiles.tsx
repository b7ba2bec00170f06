import { useSearchParams } from "react-router";

import { useAgent } from "../agents/AgentPage";
import { Browser } from "./Browser";
import { folderOf } from "./folders";

/** The files of one agent: its own folder, and what is in it. */
export default function AgentFiles() {
  const agent = useAgent();
  const top = folderOf(agent.id, agent.workspace_id);
  const [parameters, setParameters] = useSearchParams();
  const asked = parameters.get("path") ?? top;
  return (
    <Browser
      key={agent.id}
      workspace={agent.workspace_id}
      agent={agent.id}
      top={{ path: top, name: agent.display_name }}
      path={asked.startsWith(top) ? asked : top}
      onOpen={(path) => {
        setParameters(path === top ? {} : { path });
      }}
    />
  );
}
