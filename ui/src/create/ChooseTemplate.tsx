import { Button } from "@rocket.chat/fuselage";
import { type ReactNode, type SyntheticEvent, useId, useState } from "react";

import type { Template } from "../api/answers";
import { FaultBox } from "../parts/FaultBox";
import { Loading } from "../parts/Loading";
import { useWords } from "../words/words";
import type { useTemplates } from "./templates";

interface Props {
  shelf: ReturnType<typeof useTemplates>;
  template: Template | null;
  onCancel: () => void;
  onChosen: (template: Template | null) => void;
}

const HEIGHT = 64;

/** The first step: what the agent starts from. */
export function ChooseTemplate({ shelf, template, onCancel, onChosen }: Props) {
  const { say } = useWords();
  const name = useId();
  const [chosen, setChosen] = useState(template);
  const card = (value: Template | null, children: ReactNode) => (
    <label key={value === null ? "" : `${value.workspace_id}/${value.name}`} className="plan">
      <input
        type="radio"
        name={name}
        checked={chosen?.name === value?.name && chosen?.workspace_id === value?.workspace_id}
        onChange={() => {
          setChosen(value);
        }}
      />
      <span className="plan-text">{children}</span>
    </label>
  );
  return (
    <form
      className="form"
      onSubmit={(event: SyntheticEvent) => {
        event.preventDefault();
        onChosen(chosen);
      }}
    >
      <fieldset className="plans templates">
        <legend className="label">{say("create.from")}</legend>
        {card(
          null,
          <>
            <strong>{say("create.blank")}</strong>
            <span className="hint">{say("create.blank.hint")}</span>
          </>,
        )}
        {shelf.templates.map((one) => card(one, <About template={one} />))}
      </fieldset>
      {shelf.isPending && <Loading lines={2} height={HEIGHT} />}
      {shelf.error !== null && <FaultBox error={shelf.error} title={say("create.templates.fault")} />}
      {!shelf.cluster && <p className="hint">{say("create.noCluster")}</p>}
      <div className="form-actions">
        <Button onClick={onCancel}>{say("common.cancel")}</Button>
        <Button variant="primary" type="submit">
          {say("common.next")}
        </Button>
      </div>
    </form>
  );
}

function About({ template }: { template: Template }) {
  const { say } = useWords();
  const { name, shared, workspace_id, description, tools } = template;
  return (
    <>
      <strong className="wrap">{name}</strong>
      <span className="plan-sentence">{description}</span>
      <span className="hint">
        {!shared && say("create.template.of", { workspace: workspace_id })}
        {!shared && tools !== null && tools.length > 0 && " · "}
        {tools !== null && tools.length > 0 && say("create.template.tools", { tools: tools.join(", ") })}
      </span>
    </>
  );
}
