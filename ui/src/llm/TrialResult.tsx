import { Callout } from "@rocket.chat/fuselage";

import type { Trial } from "../api/answers";
import { useFaultWords } from "../parts/faultWords";
import { useWords } from "../words/words";

/** Bring what came of it into sight: the form above is longer than most screens. */
function reveal(element: HTMLElement | null): void {
  element?.scrollIntoView({ block: "nearest" });
}

/** What came of trying the model: a word of relief, or what is wrong and what helps. On plans no model is named. */
export function TrialResult({ trial, managed }: { trial: Trial; managed: boolean }) {
  const { say, numbers } = useWords();
  const wrong = useFaultWords({ code: trial.code ?? "", status: 1, message: trial.error ?? "" });
  const time = numbers.span(trial.latency_ms);
  const left = trial.credits?.remaining;
  if (trial.ok) {
    return (
      <div role="status" ref={reveal}>
        <Callout type="success" title={say("llm.ok")}>
          {managed ? say("llm.ok.plan", { time }) : say("llm.ok.detail", { model: trial.model, time })}
          {typeof left === "number" && ` ${say("llm.credits", { amount: numbers.money(left) })}`}
        </Callout>
      </div>
    );
  }
  return (
    <div role="alert" ref={reveal}>
      <Callout type="danger" title={say("llm.bad")}>
        <strong>{wrong}</strong>
        <p>{say("llm.bad.hint")}</p>
        {trial.error !== null && trial.error !== wrong && (
          <details className="fault-details">
            <summary>{say("common.details")}</summary>
            <p>{trial.error}</p>
          </details>
        )}
      </Callout>
    </div>
  );
}
