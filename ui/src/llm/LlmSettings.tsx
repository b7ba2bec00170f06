import { useQuery } from "@tanstack/react-query";

import { useAgent } from "../agents/AgentPage";
import { settingsQuery } from "../api/llm";
import { storyQuery } from "../api/resources";
import { FaultBox } from "../parts/FaultBox";
import { Loading } from "../parts/Loading";
import { useMay } from "../session/session";
import { ReadOnly } from "./ReadOnly";
import { SettingsForm } from "./SettingsForm";

/** What answers an agent, and who pays for it. */
export default function LlmSettings() {
  const agent = useAgent();
  const allowed = useMay("update", agent.workspace_id);
  const settings = useQuery(settingsQuery(agent.id));
  const story = useQuery({ ...storyQuery(agent.id), enabled: agent.managed_by === "operator" });
  if (settings.isPending || story.isLoading || allowed === null) return <Loading lines={4} height={56} />;
  if (settings.data === undefined) return <FaultBox error={settings.error} retry={() => void settings.refetch()} />;
  const reason = story.data?.llm_read_only ?? null;
  if (settings.data.source !== null || reason !== null || !allowed) {
    return <ReadOnly settings={settings.data} reason={allowed ? reason : null} />;
  }
  return <SettingsForm key={agent.id} agentId={agent.id} settings={settings.data} />;
}
