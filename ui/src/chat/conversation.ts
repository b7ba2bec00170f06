import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useRef, useState } from "react";

import type { TokenCount } from "../api/answers";
import { treeQuery } from "../api/audit";
import { type Fault, faultOf } from "../api/fault";
import { speak, type Turn, type Via } from "./stream";
import { taken } from "./taken";

/** A turn as the page shows it. */
export interface Line extends Turn {
  id: number;
  usage?: TokenCount | null;
  /** USD; null where it is not known. */
  cost?: number | null;
  fault?: Fault;
  stopped?: boolean;
}

interface Conversation {
  lines: Line[];
  busy: boolean;
  say: (message: string, via: Via) => Promise<void>;
  /** Ask the last question once more, in place of the answer that failed. */
  again: (via: Via) => Promise<void>;
  stop: () => void;
  clear: () => void;
}

/** A conversation with an agent; it lives in this page alone. */
export function useConversation(agentId: string, onAnswer: () => void): Conversation {
  const client = useQueryClient();
  const [lines, setLines] = useState<Line[]>([]);
  const [busy, setBusy] = useState(false);
  const under = useRef<AbortController | null>(null);

  const amend = useCallback((change: (last: Line) => Partial<Line>) => {
    setLines((all) => all.map((line, place) => (place === all.length - 1 ? { ...line, ...change(line) } : line)));
  }, []);

  /** Tell later what an agent itself took, of which its answer says nothing. */
  const addUp = async (id: number, treeId: string) => {
    const tree = await taken(() => client.query({ ...treeQuery(treeId), staleTime: 0 }));
    if (tree === null) return;
    const { tokens_input, tokens_output, tokens_total, cost_total } = tree;
    const known = { usage: { tokens_input, tokens_output, tokens_total }, cost: cost_total };
    setLines((all) => all.map((line) => (line.id === id ? { ...line, ...known } : line)));
  };

  const next = useRef(0);

  const put = async (before: Line[], message: string, via: Via) => {
    const asked: Line = { id: next.current++, role: "user", content: message };
    const answer: Line = { id: next.current++, role: "assistant", content: "" };
    const history = [...before.filter((line) => line.content !== ""), asked];
    setLines([...before, asked, answer]);
    setBusy(true);
    const control = new AbortController();
    under.current = control;
    try {
      const said = await speak(
        agentId,
        history.map(({ role, content }) => ({ role, content })),
        via,
        (piece) => {
          amend((last) => ({ content: last.content + piece }));
        },
        control.signal,
      );
      amend(() => ({ content: said.content, usage: said.usage, cost: said.cost_total ?? null }));
      onAnswer();
      if (said.usage === null && said.tree_id != null) void addUp(answer.id, said.tree_id);
    } catch (error) {
      amend(() => (control.signal.aborted ? { stopped: true } : { fault: faultOf(error) }));
    } finally {
      setBusy(false);
    }
  };

  return {
    lines,
    busy,
    say: (message, via) => put(lines, message, via),
    again: async (via) => {
      const asked = lines.at(-2);
      if (asked !== undefined) await put(lines.slice(0, -2), asked.content, via);
    },
    stop: () => under.current?.abort(),
    clear: () => {
      under.current?.abort();
      setLines([]);
    },
  };
}
