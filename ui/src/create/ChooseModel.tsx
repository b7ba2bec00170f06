import { Button, Callout } from "@rocket.chat/fuselage";
import { type SyntheticEvent, useState } from "react";

import type { Template } from "../api/answers";
import type { SettingsBody } from "../api/llm";
import { EMPTY, NO_SETTINGS, ownKeyBody, planBody, problemsOf } from "../llm/draft";
import { OwnKey } from "../llm/OwnKey";
import { PlanCards } from "../llm/PlanCards";
import { Choice } from "../parts/Choice";
import { FaultBox } from "../parts/FaultBox";
import { useWords } from "../words/words";

type Mode = "managed" | "own" | "later";

const USUAL = "standard";

interface Props {
  template: Template | null;
  busy: boolean;
  error: unknown;
  onBack: () => void;
  /** With null nothing is set: it is for later, or the template says it. */
  onChosen: (llm: SettingsBody | null) => void;
}

/** The third step: a plan, or a key of one's own. */
export function ChooseModel({ template, busy, error, onBack, onChosen }: Props) {
  const { say } = useWords();
  const brought = template?.llm_config ?? null;
  const [mode, setMode] = useState<Mode>("managed");
  const [tier, setTier] = useState(template?.recommended_tier ?? USUAL);
  const [drafts, setDrafts] = useState([EMPTY]);
  const [checked, setChecked] = useState(false);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    setChecked(true);
    if (brought !== null || mode === "later") onChosen(null);
    else if (mode === "managed") onChosen(planBody(tier, NO_SETTINGS));
    else if (drafts.every((draft) => problemsOf(draft).length === 0)) onChosen(ownKeyBody(drafts, NO_SETTINGS));
  };
  return (
    <form className="form" onSubmit={submit} noValidate>
      {brought !== null ? (
        <Callout type="info">{say("create.brought", { source: brought })}</Callout>
      ) : (
        <>
          <Choice<Mode>
            legend={say("create.plan.title")}
            value={mode}
            onChange={setMode}
            options={[
              { value: "managed", label: say("llm.mode.managed") },
              { value: "own", label: say("llm.mode.own") },
              { value: "later", label: say("create.later") },
            ]}
          />
          {mode === "managed" && <PlanCards legend={say("llm.plan")} tier={tier} onChange={setTier} />}
          {mode === "own" && <OwnKey drafts={drafts} checked={checked} onChange={setDrafts} />}
          {mode === "later" && <p className="hint">{say("create.later.hint")}</p>}
        </>
      )}
      {error !== null && <FaultBox error={error} />}
      <div className="form-actions">
        <Button onClick={onBack}>{say("common.back")}</Button>
        <Button variant="primary" type="submit" disabled={busy} loading={busy}>
          {say("create.submit")}
        </Button>
      </div>
    </form>
  );
}
