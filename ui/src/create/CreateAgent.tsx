import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { agentsQuery } from "../api/agents";
import type { Template } from "../api/answers";
import type { SettingsBody } from "../api/llm";
import { Dialog } from "../parts/Dialog";
import { useWords } from "../words/words";
import { ChooseModel } from "./ChooseModel";
import { ChooseTemplate } from "./ChooseTemplate";
import { Created } from "./Created";
import { make } from "./making";
import { type Identity, NameAgent } from "./NameAgent";
import { useTemplates } from "./templates";

interface Props {
  /** Where one may create agents. */
  places: string[] | "all";
  onClose: () => void;
}

/** Makes an agent in three steps: what it starts from, who it is, and what answers. */
export default function CreateAgent({ places, onClose }: Props) {
  const { say } = useWords();
  const client = useQueryClient();
  const shelf = useTemplates();
  const [step, setStep] = useState<1 | 2 | 3>(1);
  const [template, setTemplate] = useState<Template | null>(null);
  const first = places === "all" ? "default" : (places[0] ?? "default");
  const [identity, setIdentity] = useState<Identity>({ display_name: "", workspace_id: first });
  const making = useMutation({
    mutationFn: (llm: SettingsBody | null) => make({ ...identity, template, llm }, shelf.cluster),
    onSuccess: () => client.invalidateQueries({ queryKey: agentsQuery.queryKey }),
  });
  if (making.isSuccess) {
    const { agent, settingsFailed } = making.data;
    return (
      <Dialog title={say("create.done.title", { name: agent.display_name })} onClose={onClose}>
        <Created agent={agent} settingsFailed={settingsFailed} onClose={onClose} />
      </Dialog>
    );
  }
  return (
    <Dialog title={say("create.title")} note={say("create.step", { n: step })} onClose={onClose}>
      {step === 1 && (
        <ChooseTemplate
          shelf={shelf}
          template={template}
          onCancel={onClose}
          onChosen={(chosen) => {
            setTemplate(chosen);
            if (chosen !== null) setIdentity(startingFrom(chosen, identity));
            setStep(2);
          }}
        />
      )}
      {step === 2 && (
        <NameAgent
          identity={identity}
          places={template === null || template.shared ? places : [template.workspace_id]}
          onBack={() => {
            setStep(1);
          }}
          onNamed={(named) => {
            setIdentity(named);
            setStep(3);
          }}
        />
      )}
      {step === 3 && (
        <ChooseModel
          template={template}
          busy={making.isPending}
          error={making.error}
          onBack={() => {
            making.reset();
            setStep(2);
          }}
          onChosen={(llm) => {
            making.mutate(llm);
          }}
        />
      )}
    </Dialog>
  );
}

/** A template of one workspace makes agents there alone; the name that it suggests gives way to one that was typed. */
function startingFrom(template: Template, { display_name, workspace_id }: Identity): Identity {
  return {
    display_name: display_name === "" ? (template.display_name ?? "") : display_name,
    workspace_id: template.shared ? workspace_id : template.workspace_id,
  };
}
