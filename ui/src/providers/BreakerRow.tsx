import type { Breaker } from "../api/answers";
import { nameOf } from "../llm/draft";
import { useWords } from "../words/words";

export function BreakerRow({ breaker }: { breaker: Breaker }) {
  const { say, find, numbers } = useWords();
  const again = breaker.reopens_at;
  return (
    <li className="row">
      <span className={`badge badge-${breaker.state}`}>
        {find(`providers.state.${breaker.state}`) ?? breaker.state}
      </span>
      <div className="truncate">
        <strong>
          {nameOf(breaker.provider)} {breaker.model}
        </strong>
        <p className="hint wrap">
          {breaker.reason ?? say("providers.failures", { n: breaker.failures })}
          {again !== null && ` · ${say("providers.again", { time: numbers.moment(again) })}`}
        </p>
      </div>
    </li>
  );
}
