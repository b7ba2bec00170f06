import type { ModelUse } from "../api/answers";
import { nameOf } from "../llm/draft";
import { Panel } from "../parts/Panel";
import { useWords } from "../words/words";

/** Which models answered an agent on its own keys, and what each cost. */
export function ModelTable({ models }: { models: ModelUse[] }) {
  const { say, numbers } = useWords();
  if (models.length === 0) return null;
  return (
    <Panel title={say("usage.byModel")}>
      <div className="scroll" tabIndex={0} role="region" aria-label={say("usage.byModel")}>
        <table>
          <thead>
            <tr>
              <th scope="col">{say("llm.model")}</th>
              <th scope="col" className="number">
                {say("usage.requests")}
              </th>
              <th scope="col" className="number">
                {say("usage.tokens")}
              </th>
              <th scope="col" className="number">
                {say("usage.cost")}
              </th>
            </tr>
          </thead>
          <tbody>
            {models.map((model) => (
              <tr key={`${model.provider}/${model.model}`}>
                <th scope="row">
                  {model.model} <span className="hint">{nameOf(model.provider)}</span>
                </th>
                <td className="number">{numbers.whole(model.requests)}</td>
                <td className="number">{numbers.whole(model.tokens_total)}</td>
                <td className="number">{model.priced ? numbers.money(model.cost_total) : "–"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
