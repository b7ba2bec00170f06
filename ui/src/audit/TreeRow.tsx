import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import type { TreeAsk, TreeHead } from "../api/answers";
import { treeQuery } from "../api/audit";
import { FaultBox } from "../parts/FaultBox";
import { Loading } from "../parts/Loading";
import { useWords } from "../words/words";

/** A tree of calls: who began it and what it took; opened, every call in it. */
export function TreeRow({ tree }: { tree: TreeHead }) {
  const { numbers } = useWords();
  const [open, setOpen] = useState(false);
  return (
    <li>
      <details
        onToggle={(event) => {
          setOpen(event.currentTarget.open);
        }}
      >
        <summary>
          <time dateTime={tree.started_at}>{numbers.moment(tree.started_at)}</time>
          <Took ask={tree} />
        </summary>
        {open && <Calls id={tree.tree_id} />}
      </details>
    </li>
  );
}

function Calls({ id }: { id: string }) {
  const tree = useQuery(treeQuery(id));
  if (tree.isPending) return <Loading lines={2} />;
  if (tree.isError) return <FaultBox error={tree.error} retry={() => void tree.refetch()} />;
  return <Asks asks={tree.data.asks} />;
}

function Asks({ asks }: { asks: TreeAsk[] }) {
  return (
    <ul className="asks">
      {asks.map((ask) => (
        <li key={ask.id}>
          <Took ask={ask} />
          {ask.asks.length > 0 && <Asks asks={ask.asks} />}
        </li>
      ))}
    </ul>
  );
}

function Took({ ask }: { ask: Omit<TreeAsk, "id" | "asks"> }) {
  const { say, numbers } = useWords();
  return (
    <span className="took">
      <strong className="wrap">{`${ask.from ?? say("audit.person")} → ${ask.to}`}</strong>
      <span className={`badge result-${ask.status}`}>{say(`audit.status.${ask.status}`)}</span>
      <span className="hint figures">
        {say("usage.tokens.n", { tokens: numbers.short(ask.tokens_total) })} · {numbers.money(ask.cost_total)}
        {ask.ms !== null && ` · ${numbers.span(ask.ms)}`}
      </span>
    </span>
  );
}
