import { Button, IconButton } from "@rocket.chat/fuselage";
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { agentQuery, agentsQuery, healthQuery, switchAgent } from "../api/agents";
import type { Agent } from "../api/answers";
import { faultOf } from "../api/fault";
import { useFaultWords } from "../parts/faultWords";
import { useMay } from "../session/session";
import { useWords } from "../words/words";

const NO_FAULT = { code: "", status: 1, message: "" };

/** Starts and stops an agent; the state beside it follows as the pod does. */
export function RunSwitch({ agent, wide = false }: { agent: Agent; wide?: boolean }) {
  const { say } = useWords();
  const client = useQueryClient();
  const allowed = useMay("update", agent.workspace_id);
  const turn = useMutation({
    mutationFn: () => switchAgent(agent.id, !agent.running),
    onSuccess: ({ running }) => {
      // What was asked for: the router's list follows the cluster, a moment later.
      const turned = (one: Agent) => (one.id === agent.id ? { ...one, running } : one);
      client.setQueryData(agentsQuery.queryKey, (all) => all?.map(turned));
      client.setQueryData(agentQuery(agent.id).queryKey, (one) => one && turned(one));
    },
    onError: () => client.invalidateQueries({ queryKey: agentsQuery.queryKey }),
    onSettled: () => client.invalidateQueries({ queryKey: healthQuery(agent.id).queryKey }),
  });
  const fault = useFaultWords(turn.error === null ? NO_FAULT : faultOf(turn.error));
  if (allowed !== true) return <span />;
  const verb = agent.running ? "stop" : "start";
  const wiring = {
    icon: agent.running ? "pause" : "play",
    "aria-label": say(`agents.${verb}`, { name: agent.display_name }),
    title: say(`agents.${verb}.short`),
    disabled: turn.isPending,
    onClick: () => {
      turn.mutate();
    },
  } as const;
  return (
    <div className="run-switch">
      {wide ? <Button {...wiring}>{say(`agents.${verb}.short`)}</Button> : <IconButton small secondary {...wiring} />}
      {turn.isError && (
        <span className="field-error" role="alert">
          {fault}
        </span>
      )}
    </div>
  );
}
