import { TextInput } from "@rocket.chat/fuselage";
import { useId } from "react";

import { Labelled } from "../parts/Labelled";
import { useWords } from "../words/words";
import catalogue from "./catalogue.json";

interface Props {
  provider: string;
  model: string;
  error: string | undefined;
  onChange: (model: string) => void;
}

const MODELS: Record<string, readonly string[]> = catalogue;

/** A model's name: what the router knows of the provider is suggested, and any other may be typed. */
export function ModelField({ provider, model, error, onChange }: Props) {
  const { say } = useWords();
  const list = useId();
  const known = MODELS[provider] ?? [];
  return (
    <Labelled label={say("llm.model")} hint={known.length > 0 ? say("llm.model.hint") : undefined} error={error}>
      {(wiring) => (
        <>
          <TextInput
            {...wiring}
            list={list}
            autoComplete="off"
            spellCheck={false}
            value={model}
            onChange={(event) => {
              onChange((event.target as HTMLInputElement).value);
            }}
          />
          <datalist id={list}>
            {known.map((name) => (
              <option key={name} value={name} />
            ))}
          </datalist>
        </>
      )}
    </Labelled>
  );
}
