import { Skeleton } from "@rocket.chat/fuselage";

import { useWords } from "../words/words";

/** Holds the place of lines that are on their way, as high as they will be. */
export function Loading({ lines, height = 24 }: { lines: number; height?: number }) {
  const { say } = useWords();
  return (
    <div className="loading" role="status" aria-label={say("common.loading")}>
      {Array.from({ length: lines }, (_, line) => (
        <Skeleton key={line} variant="rect" width="full" height={height} />
      ))}
    </div>
  );
}
