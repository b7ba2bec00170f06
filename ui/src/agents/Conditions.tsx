import { Icon } from "@rocket.chat/fuselage";

import type { Condition } from "../api/answers";
import { useWords } from "../words/words";

const ICONS = { True: "circle-check", False: "circle-exclamation", Unknown: "circle-half" } as const;

/** The sides of an agent's state, each as a sentence; the operator's own words are a click away. */
export function Conditions({ conditions }: { conditions: Condition[] }) {
  return (
    <ul className="conditions">
      {conditions.map((condition) => (
        <Line key={condition.type} condition={condition} />
      ))}
    </ul>
  );
}

function Line({ condition }: { condition: Condition }) {
  const { say, find, numbers } = useWords();
  const { type, status, reason, message, since } = condition;
  const words = find(`condition.${type}.${status}`) ?? `${type}: ${status}`;
  const why = status === "True" ? null : (find(`reason.${reason}`) ?? reason);
  return (
    <li className={`condition condition-${status}`}>
      <Icon name={ICONS[status]} size={20} />
      <div>
        <strong>{words}</strong>
        {why !== null && why !== "" && <span>{why}</span>}
        {since !== null && <span className="hint">{say("overview.condition.since", { time: numbers.moment(since) })}</span>}
        {message !== "" && status !== "True" && (
          <details className="fault-details">
            <summary>{say("overview.words")}</summary>
            <p className="wrap">{message}</p>
          </details>
        )}
      </div>
    </li>
  );
}
