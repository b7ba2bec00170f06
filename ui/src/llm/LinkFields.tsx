import { Icon, InputBox, PasswordInput, TextInput } from "@rocket.chat/fuselage";
import type { SyntheticEvent } from "react";

import { Labelled } from "../parts/Labelled";
import { useWords } from "../words/words";
import { keySaved, type LinkDraft, needsKey, problemsOf, PROVIDERS, takesEndpoint } from "./draft";
import { ModelField } from "./ModelField";

interface Props {
  draft: LinkDraft;
  /** Whether what is missing is to be said: not before somebody tried to save. */
  checked: boolean;
  onChange: (draft: LinkDraft) => void;
}

const valueOf = (event: SyntheticEvent) => (event.target as HTMLInputElement).value;

/** A provider with its key, model and address. */
export function LinkFields({ draft, checked, onChange }: Props) {
  const { say } = useWords();
  const problems = checked ? problemsOf(draft) : [];
  const saved = keySaved(draft);
  const keyHint = saved ? say("llm.key.saved") : needsKey(draft.provider) ? undefined : say("llm.key.optional");
  return (
    <>
      <Labelled
        label={say("llm.provider")}
        error={problems.includes("provider") ? say("llm.provider.choose") : undefined}
      >
        {(wiring) => (
          <InputBox
            {...wiring}
            type="select"
            endAddon={<Icon name="chevron-down" size={20} />}
            value={draft.provider}
            onChange={(event: SyntheticEvent) => {
              onChange({ ...draft, provider: valueOf(event), model: "", key: "" });
            }}
          >
            <option value="" disabled>
              {say("llm.provider.choose")}
            </option>
            {Object.entries(PROVIDERS).map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </InputBox>
        )}
      </Labelled>
      {takesEndpoint(draft.provider) && (
        <Labelled
          label={say("llm.endpoint")}
          hint={say("llm.endpoint.hint")}
          error={problems.includes("endpoint") ? say("llm.endpoint.missing") : undefined}
        >
          {(wiring) => (
            <TextInput
              {...wiring}
              inputMode="url"
              spellCheck={false}
              value={draft.endpoint}
              onChange={(event) => {
                onChange({ ...draft, endpoint: valueOf(event) });
              }}
            />
          )}
        </Labelled>
      )}
      {draft.provider !== "" && (
        <Labelled
          label={say("llm.key")}
          hint={keyHint}
          error={problems.includes("key") ? say("llm.key.missing") : undefined}
        >
          {(wiring) => (
            <PasswordInput
              {...wiring}
              autoComplete="off"
              spellCheck={false}
              placeholder={say(saved ? "llm.key.placeholder.saved" : "llm.key.placeholder")}
              value={draft.key}
              onChange={(event) => {
                onChange({ ...draft, key: valueOf(event) });
              }}
            />
          )}
        </Labelled>
      )}
      {draft.provider !== "" && (
        <ModelField
          provider={draft.provider}
          model={draft.model}
          error={problems.includes("model") ? say("llm.model.missing") : undefined}
          onChange={(model) => {
            onChange({ ...draft, model });
          }}
        />
      )}
    </>
  );
}
