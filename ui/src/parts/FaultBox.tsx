import { Button, Callout } from "@rocket.chat/fuselage";

import { faultOf } from "../api/fault";
import { useWords } from "../words/words";
import { useFaultWords } from "./faultWords";

interface Props {
  error: unknown;
  title?: string;
  retry?: () => void;
}

/** Says in plain words what went wrong and what helps; the router's own words are a click away. */
export function FaultBox({ error, title, retry }: Props) {
  const { say } = useWords();
  const fault = faultOf(error);
  const words = useFaultWords(fault);
  return (
    <div role="alert">
      <Callout
        type="danger"
        title={title ?? say("fault.title")}
        actions={
          retry && (
            <Button size="small" onClick={retry}>
              {say("common.retry")}
            </Button>
          )
        }
      >
        <span>{words}</span>
        {fault.status > 0 && fault.message !== words && (
          <details className="fault-details">
            <summary>{say("common.details")}</summary>
            <p>{fault.message}</p>
            {fault.requestId !== null && <p className="hint">{say("common.requestId", { id: fault.requestId })}</p>}
          </details>
        )}
      </Callout>
    </div>
  );
}
