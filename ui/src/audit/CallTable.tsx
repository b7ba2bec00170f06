import { Link } from "react-router";

import type { ToolCall } from "../api/answers";
import { useWords } from "../words/words";

/** Calls of tools, a line for each; what an agent named is shown as the text that it is. */
export function CallTable({ calls }: { calls: ToolCall[] }) {
  const { say } = useWords();
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label={say("usage.table")}>
      <table className="calls">
        <thead>
          <tr>
            <th scope="col">{say("audit.time")}</th>
            <th scope="col">{say("audit.agent")}</th>
            <th scope="col">{say("audit.tool")}</th>
            <th scope="col">{say("audit.target")}</th>
            <th scope="col">{say("audit.result")}</th>
            <th scope="col" className="number">
              {say("audit.took")}
            </th>
          </tr>
        </thead>
        <tbody>
          {calls.map((call) => (
            <Call key={call.id} call={call} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Call({ call }: { call: ToolCall }) {
  const { say, find, numbers } = useWords();
  const why = call.code === null ? null : (find(`code.${call.code}`) ?? call.code);
  return (
    <tr>
      <td>
        <time dateTime={call.time}>{numbers.moment(call.time)}</time>
      </td>
      <td className="truncate" title={call.agent_id}>
        <Link to={`/agents/${encodeURIComponent(call.agent_id)}`}>{call.agent_id}</Link>
      </td>
      <td>{find(`tool.${call.tool}`) ?? call.tool}</td>
      <td className="truncate" title={call.target}>
        {call.target}
      </td>
      <td>
        <span className={`badge result-${call.result}`} title={why ?? undefined}>
          {say(`audit.result.${call.result}`)}
        </span>
        {why !== null && <span className="sr-only"> {why}</span>}
      </td>
      <td className="number">{numbers.span(call.ms)}</td>
    </tr>
  );
}
