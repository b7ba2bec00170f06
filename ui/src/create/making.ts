import { createAgent } from "../api/agents";
import type { Agent, CreatedAgent, Template } from "../api/answers";
import { faultOf } from "../api/fault";
import { saveSettings, type SettingsBody } from "../api/llm";
import { makeAgent } from "../api/resources";
import { idPart } from "./names";

export interface Wish {
  template: Template | null;
  display_name: string;
  workspace_id: string;
  /** Null leaves it for later. */
  llm: SettingsBody | null;
}

export interface Made {
  agent: Agent & { token?: string };
  settingsFailed: boolean;
}

/**
 * Make an agent: as a resource of the cluster, or where there is none as an agent that only has a model.
 *
 * @throws Fault - it was refused, and there is no new agent.
 */
export async function make(wish: Wish, cluster: boolean): Promise<Made> {
  if (!cluster) return makeWithout(wish);
  const { template, llm, display_name, workspace_id } = wish;
  const named = { name: idPart(display_name), display_name, workspace_id };
  const chosen = { ...(template === null ? {} : { template: template.name }), ...(llm === null ? {} : { llm }) };
  try {
    return { agent: await makeAgent({ ...named, ...chosen }), settingsFailed: false };
  } catch (error) {
    if (faultOf(error).code === "no_cluster") return makeWithout(wish);
    throw error;
  }
}

async function makeWithout({ display_name, workspace_id, llm }: Wish): Promise<Made> {
  const agent: CreatedAgent = await createAgent({ name: idPart(display_name), display_name, workspace_id });
  if (llm === null) return { agent, settingsFailed: false };
  try {
    await saveSettings(agent.id, llm);
    return { agent, settingsFailed: false };
  } catch {
    return { agent, settingsFailed: true };
  }
}
