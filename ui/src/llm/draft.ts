import type { ChainLink, ModelSettings } from "../api/answers";
import type { SettingsBody } from "../api/llm";

export const PROVIDERS = {
  openai: "OpenAI",
  anthropic: "Anthropic",
  gemini: "Google Gemini",
  mistral: "Mistral",
  groq: "Groq",
  minimax: "MiniMax",
  openrouter: "OpenRouter",
  ollama: "Ollama",
  custom: "Custom",
} as const;

export type Provider = keyof typeof PROVIDERS;

const KEYLESS: readonly string[] = ["ollama", "custom"];
const WITH_ENDPOINT: readonly string[] = ["ollama", "custom"];

/** One provider as the form has it. `saved` is the link whose key the router holds, if it is for this form's line. */
export interface LinkDraft {
  provider: string;
  model: string;
  key: string;
  endpoint: string;
  saved: ChainLink | null;
}

export type Problem = "key" | "model" | "endpoint" | "provider";

/** Those of an agent that is yet to be made. */
export const NO_SETTINGS: ModelSettings = {
  managed: false,
  source: null,
  parameters: null,
  routing: null,
  limits: null,
};

export const EMPTY: LinkDraft = { provider: "", model: "", key: "", endpoint: "", saved: null };

export const needsKey = (provider: string) => !KEYLESS.includes(provider);
export const takesEndpoint = (provider: string) => WITH_ENDPOINT.includes(provider);
export const nameOf = (provider: string) =>
  Object.hasOwn(PROVIDERS, provider) ? PROVIDERS[provider as Provider] : provider;

/** Whether the router holds a key that goes on counting: one of the same provider at the same address. */
export function keySaved(draft: LinkDraft): boolean {
  const { saved } = draft;
  if (saved?.hasKey !== true || saved.provider !== draft.provider) return false;
  return (saved.custom_endpoint ?? "") === draft.endpoint.trim();
}

/** What is missing for a line to be saved; nothing is sent while something is. */
export function problemsOf(draft: LinkDraft): Problem[] {
  if (draft.provider === "") return ["provider"];
  const problems: Problem[] = [];
  if (needsKey(draft.provider) && draft.key.trim() === "" && !keySaved(draft)) problems.push("key");
  if (draft.provider === "custom" && draft.endpoint.trim() === "") problems.push("endpoint");
  if (draft.provider === "custom" && draft.model.trim() === "") problems.push("model");
  return problems;
}

/** Open saved settings for editing; the first line is the one that is asked first. */
export function draftsOf(settings: ModelSettings): LinkDraft[] {
  if (settings.managed || settings.provider === null || settings.provider === undefined) return [EMPTY];
  const first: ChainLink = {
    provider: settings.provider,
    model: settings.model ?? null,
    hasKey: settings.hasKey ?? false,
    custom_endpoint: settings.custom_endpoint ?? null,
  };
  return [first, ...(settings.fallbacks ?? [])].map((link) => ({
    provider: link.provider ?? "",
    model: link.model ?? "",
    key: "",
    endpoint: link.custom_endpoint ?? "",
    saved: link,
  }));
}

/** Keep what this page does not show (limits, routing, defaults of requests): saving replaces all settings. */
function kept({ limits, routing, parameters }: ModelSettings) {
  return { limits, routing, parameters } as Required<Pick<SettingsBody, "limits" | "routing" | "parameters">>;
}

export function ownKeyBody(drafts: LinkDraft[], settings: ModelSettings): SettingsBody {
  const [first = EMPTY, ...others] = drafts;
  return { ...linkBody(first), fallbacks: others.map(linkBody), managed: false, ...kept(settings) };
}

export function planBody(tier: string, settings: ModelSettings): SettingsBody {
  return { managed: true, tier, fallbacks: [], ...kept(settings) };
}

function linkBody(draft: LinkDraft) {
  return {
    provider: draft.provider,
    model: orNull(draft.model),
    api_key: orNull(draft.key),
    custom_endpoint: takesEndpoint(draft.provider) ? orNull(draft.endpoint) : null,
  };
}

function orNull(text: string): string | null {
  const trimmed = text.trim();
  return trimmed === "" ? null : trimmed;
}
