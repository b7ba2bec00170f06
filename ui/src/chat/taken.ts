import type { Tree } from "../api/answers";

const PAUSE_MS = 1_000;
const LOOKS = 8;

/**
 * What an agent itself took for an answer: its requests are added up within seconds, so that this looks until two looks
 * say the same. Null when it stays unknown, or may not be seen.
 */
export async function taken(
  look: () => Promise<Tree>,
  pause: (ms: number) => Promise<void> = (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
): Promise<Tree | null> {
  let before: Tree | null = null;
  for (let count = 0; count < LOOKS; count++) {
    await pause(PAUSE_MS);
    const now: Tree | null = await look().catch(() => null);
    if (now === null) return null;
    if (now.requests > 0 && now.requests === before?.requests && now.tokens_total === before.tokens_total) return now;
    before = now;
  }
  return null;
}
