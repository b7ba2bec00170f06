import type { ModelSettings, Tier } from "../api/answers";

/** Name what answers an agent: the plan by its name, never by its models; else the model. Null without either. */
export function answeredBy(settings: ModelSettings | null, plan: Tier | undefined): string | null {
  if (settings === null) return null;
  if (settings.tier !== undefined) return plan?.name ?? settings.tier;
  if (settings.model !== null && settings.model !== undefined) return settings.model;
  return settings.provider ?? null;
}
