import { Link } from "react-router";

import type { KeyTrouble } from "../api/answers";
import { nameOf } from "../llm/draft";
import { useFaultWords } from "../parts/faultWords";
import { useWords } from "../words/words";

export function TroubleRow({ trouble }: { trouble: KeyTrouble }) {
  const { say, numbers } = useWords();
  const words = useFaultWords({ code: trouble.code, status: 1, message: trouble.message });
  return (
    <li className="row">
      <div className="truncate">
        <strong>
          {trouble.agent_id} · {nameOf(trouble.provider)}
        </strong>
        <p className="hint wrap">
          {words}
          {trouble.since !== null && ` · ${numbers.moment(trouble.since)}`}
        </p>
      </div>
      <Link to={`/agents/${encodeURIComponent(trouble.agent_id)}/llm`}>{say("providers.keys.fix")}</Link>
    </li>
  );
}
