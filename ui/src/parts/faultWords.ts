import type { Fault } from "../api/fault";
import type { Key } from "../words/en";
import { useWords } from "../words/words";

const SERVER = 500;
const BY_STATUS: Record<number, Extract<Key, `fault.${string}`>> = {
  0: "fault.unreachable",
  401: "fault.session",
  403: "fault.forbidden",
  404: "fault.notFound",
  429: "fault.busy",
};

/** Say a fault in the reader's language: by its code, else by its status, else in the router's own words. */
export function useFaultWords(fault: Pick<Fault, "code" | "status" | "message">): string {
  const { say, find } = useWords();
  const byCode = find(`code.${fault.code}`);
  if (byCode !== null) return byCode;
  if (fault.code === "unexpected" && fault.status === 0) return say("fault.unexpected");
  const byStatus = BY_STATUS[fault.status] ?? (fault.status >= SERVER ? "fault.server" : null);
  return byStatus === null ? fault.message : say(byStatus);
}
