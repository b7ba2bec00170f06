import { Button } from "@rocket.chat/fuselage";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type SyntheticEvent, useState } from "react";

import { agentQuery, agentsQuery } from "../api/agents";
import type { ModelSettings } from "../api/answers";
import { saveSettings, type SettingsBody, settingsQuery, tryModel } from "../api/llm";
import { Choice } from "../parts/Choice";
import { FaultBox } from "../parts/FaultBox";
import { useWords } from "../words/words";
import { draftsOf, ownKeyBody, planBody, problemsOf } from "./draft";
import { OwnKey } from "./OwnKey";
import { PlanCards } from "./PlanCards";
import { TrialResult } from "./TrialResult";

type Mode = "managed" | "own";

/** Chooses between a plan and a key of one's own; saving tries the model for real and says what came of it. */
export function SettingsForm({ agentId, settings }: { agentId: string; settings: ModelSettings }) {
  const { say } = useWords();
  const configured = settings.managed || typeof settings.provider === "string";
  const [mode, setMode] = useState<Mode>(settings.managed || !configured ? "managed" : "own");
  const [tier, setTier] = useState(settings.tier ?? null);
  const [drafts, setDrafts] = useState(() => draftsOf(settings));
  const [checked, setChecked] = useState(false);
  const save = useSaving(agentId, (saved) => {
    setDrafts(draftsOf(saved));
  });
  const complete = mode === "managed" ? tier !== null : drafts.every((draft) => problemsOf(draft).length === 0);

  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    setChecked(true);
    if (!complete) return;
    save.mutate(mode === "managed" ? planBody(tier ?? "", settings) : ownKeyBody(drafts, settings));
    setChecked(false);
  };
  const change = (act: () => void) => {
    save.reset();
    act();
  };

  return (
    <form className="form form-wide" onSubmit={submit} noValidate>
      <Choice<Mode>
        legend={say("llm.mode")}
        large
        value={mode}
        onChange={(chosen) => {
          change(() => {
            setMode(chosen);
            setChecked(false);
          });
        }}
        options={[
          { value: "managed", label: say("llm.mode.managed"), hint: say("llm.mode.managed.hint") },
          { value: "own", label: say("llm.mode.own"), hint: say("llm.mode.own.hint") },
        ]}
      />
      {mode === "managed" ? (
        <PlanCards
          legend={say("llm.plan")}
          tier={tier}
          onChange={(chosen) => {
            change(() => {
              setTier(chosen);
            });
          }}
        />
      ) : (
        <OwnKey
          drafts={drafts}
          checked={checked}
          onChange={(changed) => {
            change(() => {
              setDrafts(changed);
            });
          }}
        />
      )}
      {checked && mode === "managed" && tier === null && (
        <p className="field-error" role="alert">
          {say("llm.planMissing")}
        </p>
      )}
      {save.isError && <FaultBox error={save.error} />}
      {save.isSuccess && <TrialResult trial={save.data} managed={mode === "managed"} />}
      <div className="form-actions">
        <Button variant="primary" type="submit" disabled={save.isPending} loading={save.isPending}>
          {say(save.isPending ? "llm.saving" : "llm.save")}
        </Button>
      </div>
    </form>
  );
}

function useSaving(agentId: string, onSaved: (settings: ModelSettings) => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (body: SettingsBody) => {
      const saved = await saveSettings(agentId, body);
      client.setQueryData(settingsQuery(agentId).queryKey, saved);
      onSaved(saved);
      void client.invalidateQueries({ queryKey: agentQuery(agentId).queryKey });
      void client.invalidateQueries({ queryKey: agentsQuery.queryKey, exact: true });
      return tryModel(agentId);
    },
  });
}
