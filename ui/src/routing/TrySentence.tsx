import { Button, Icon, InputBox, TextAreaInput } from "@rocket.chat/fuselage";
import { useMutation, useQuery } from "@tanstack/react-query";
import { type SyntheticEvent, useState } from "react";

import { agentsQuery } from "../api/agents";
import { explainRoute } from "../api/routing";
import { FaultBox } from "../parts/FaultBox";
import { Labelled } from "../parts/Labelled";
import { Panel } from "../parts/Panel";
import { useWords } from "../words/words";
import { Explained } from "./Explained";

const LINES = 3;

/** Says which model would answer a sentence, and why; none is asked. */
export function TrySentence() {
  const { say } = useWords();
  const agents = useQuery(agentsQuery);
  const [chosen, setChosen] = useState("");
  const [message, setMessage] = useState("");
  const agent = chosen === "" ? (agents.data?.[0]?.id ?? "") : chosen;
  const explain = useMutation({ mutationFn: () => explainRoute(agent, message.trim()) });
  const ready = agent !== "" && message.trim() !== "";
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (ready) explain.mutate();
  };
  return (
    <Panel title={say("routing.try")}>
      {agents.data?.length === 0 ? (
        <p>{say("routing.try.empty")}</p>
      ) : (
        <form className="form" onSubmit={submit}>
          <Labelled label={say("routing.try.agent")}>
            {(wiring) => (
              <InputBox
                {...wiring}
                type="select"
                endAddon={<Icon name="chevron-down" size={20} />}
                value={agent}
                onChange={(event: SyntheticEvent) => {
                  setChosen((event.target as HTMLSelectElement).value);
                }}
              >
                {agents.data?.map((one) => (
                  <option key={one.id} value={one.id}>
                    {one.display_name}
                  </option>
                ))}
              </InputBox>
            )}
          </Labelled>
          <Labelled label={say("routing.try.message")} hint={say("routing.try.hint")}>
            {(wiring) => (
              <TextAreaInput
                {...wiring}
                rows={LINES}
                placeholder={say("routing.try.placeholder")}
                value={message}
                onChange={(event) => {
                  setMessage((event.target as HTMLTextAreaElement).value);
                }}
              />
            )}
          </Labelled>
          <div className="form-actions">
            <Button variant="primary" type="submit" disabled={!ready || explain.isPending}>
              {say("routing.try.submit")}
            </Button>
          </div>
        </form>
      )}
      {explain.isError && <FaultBox error={explain.error} />}
      {explain.isSuccess && <Explained route={explain.data} />}
    </Panel>
  );
}
