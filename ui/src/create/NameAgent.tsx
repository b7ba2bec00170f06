import { Button, Icon, InputBox, TextInput } from "@rocket.chat/fuselage";
import { type SyntheticEvent, useId, useState } from "react";

import { Labelled } from "../parts/Labelled";
import { useWorkspaces } from "../session/workspaces";
import { useWords } from "../words/words";
import { idPart, isNamespace } from "./names";

export interface Identity {
  display_name: string;
  workspace_id: string;
}

interface Props {
  identity: Identity;
  /** Where it may be created; "all" where only the router can tell. */
  places: string[] | "all";
  onBack: () => void;
  onNamed: (identity: Identity) => void;
}

/** The second step: who the agent is, and to which team it belongs. */
export function NameAgent({ identity, places, onBack, onNamed }: Props) {
  const { say } = useWords();
  const list = useId();
  const known = useWorkspaces();
  const [given, setGiven] = useState(identity);
  const [checked, setChecked] = useState(false);
  const nameless = idPart(given.display_name) === "";
  const misplaced = !isNamespace(given.workspace_id);
  const field = (name: keyof Identity) => ({
    value: given[name],
    onChange: (event: SyntheticEvent) => {
      setGiven({ ...given, [name]: (event.target as HTMLInputElement).value });
    },
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    setChecked(true);
    if (!nameless && !misplaced) onNamed(given);
  };
  return (
    <form onSubmit={submit} noValidate className="form">
      <Labelled
        label={say("create.name")}
        hint={nameless ? say("create.name.hint") : say("create.name.id", { id: idPart(given.display_name) })}
        error={checked && nameless ? say("create.name.missing") : null}
      >
        {(wiring) => <TextInput {...wiring} {...field("display_name")} autoFocus maxLength={200} />}
      </Labelled>
      <Labelled
        label={say("create.namespace")}
        hint={say("create.namespace.hint")}
        error={checked && misplaced ? say("code.invalid_agent_id") : null}
      >
        {(wiring) =>
          places === "all" ? (
            <>
              <TextInput {...wiring} {...field("workspace_id")} list={list} autoComplete="off" maxLength={63} />
              <datalist id={list}>
                {known.map((name) => (
                  <option key={name} value={name} />
                ))}
              </datalist>
            </>
          ) : (
            <InputBox
              {...wiring}
              {...field("workspace_id")}
              type="select"
              endAddon={<Icon name="chevron-down" size={20} />}
            >
              {places.map((name) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </InputBox>
          )
        }
      </Labelled>
      <div className="form-actions">
        <Button onClick={onBack}>{say("common.back")}</Button>
        <Button variant="primary" type="submit">
          {say("common.next")}
        </Button>
      </div>
    </form>
  );
}
