import type { Route } from "../api/answers";
import { useWords } from "../words/words";

const HUNDREDTHS = 100;

/** A choice of a model with its reasons. */
export function Explained({ route }: { route: Route }) {
  const { say, numbers } = useWords();
  return (
    <div className="explained" role="status">
      <p className="verdict">{say("routing.answer", { model: route.model })}</p>
      {route.category !== "" && (
        <p>
          {say("routing.category")}: <strong>{route.category}</strong>{" "}
          <span className="hint">{say("routing.sure", { percent: numbers.percent(route.confidence * HUNDREDTHS) })}</span>
        </p>
      )}
      <h3>{say("routing.why")}</h3>
      <ul>
        {route.signals.map((signal) => (
          <li key={signal} lang="en">
            {signal}
          </li>
        ))}
      </ul>
      <h3>{say("routing.candidates")}</h3>
      <ol className="chain">
        {route.candidates.map((one) => (
          <li key={`${one.provider}/${one.model}`}>
            <code>
              {one.provider}/{one.model}
            </code>{" "}
            <span className="hint">
              {one.estimated_cost !== null && `~${numbers.money(one.estimated_cost)} `}
              {one.last_resort && `${say("routing.candidate.last")} `}
              {one.breaker !== "closed" && (one.breaker_reason ?? say("routing.candidate.open"))}
            </span>
          </li>
        ))}
      </ol>
      {route.passed_over.length > 0 && (
        <>
          <h3>{say("routing.passed")}</h3>
          <ul>
            {route.passed_over.map((one) => (
              <li key={one.model}>
                <code>{one.model}</code> <span className="hint">{one.reason}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
