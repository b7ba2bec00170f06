/**
 * What the router answers, by the names of its bodies. openapi.json describes paths, parameters and bodies that are
 * sent, but answers only as "an object"; this file says the rest, field by field, of what the dashboard reads.
 */

export interface Session {
  name: string;
  kind: "admin" | "user";
  namespaces: string[] | "all";
  /** For every change; null for who comes with a token and no cookie. */
  csrf: string | null;
  expires_at: string | null;
}

export type Verb = "get" | "list" | "create" | "update" | "delete";

/** What a sign-in page offers. */
export interface Ways {
  token: boolean;
  oidc: boolean;
}

export interface ChainLink {
  provider: string | null;
  model: string | null;
  hasKey: boolean;
  custom_endpoint: string | null;
}

export interface ModelSettings extends Partial<ChainLink> {
  managed: boolean;
  source: string | null;
  parameters: Record<string, unknown> | null;
  routing: Record<string, unknown> | null;
  limits: Record<string, unknown> | null;
  tier?: string;
  fallbacks?: ChainLink[];
}

export interface Agent {
  id: string;
  workspace_id: string;
  display_name: string;
  managed_by: "api" | "operator";
  running: boolean;
  template: string | null;
  tools: string[];
  delegates: string[];
  gateway: { url: string; hasToken: boolean } | null;
  llm: ModelSettings | null;
  created_at: string;
  updated_at: string;
}

export interface CreatedAgent extends Agent {
  token?: string;
}

/** An AgentTemplate. */
export interface Template {
  name: string;
  /** Where it lives. */
  workspace_id: string;
  /** Whether it is of the catalogue, for all workspaces. */
  shared: boolean;
  description: string;
  recommended_tier: string | null;
  display_name: string | null;
  tools: string[] | null;
  /** The model settings that it brings; null where they are for whoever creates the agent to choose. */
  llm_config: string | null;
}

export interface TemplateList {
  templates: Template[];
  /** Whether there is a cluster for agents to run in. */
  cluster: boolean;
}

export interface Condition {
  type: string;
  status: "True" | "False" | "Unknown";
  reason: string;
  message: string;
  since: string | null;
}

export interface AgentEvent {
  type: "Normal" | "Warning";
  reason: string;
  message: string;
  count: number;
  last_seen: string | null;
}

/** What the cluster says of an agent. */
export interface Story {
  agent_id: string;
  exists: boolean;
  /** Why something could not be read; empty if all could. */
  doubt: string;
  phase: string | null;
  /** Whether phase and conditions speak of the Agent as it is now. */
  observed: boolean;
  llm_config: string | null;
  llm_read_only: string | null;
  ready_since: string | null;
  conditions: Condition[];
  events: AgentEvent[];
}

export type LifeStatus = "alive" | "starting" | "failing" | "stopping" | "stopped" | "unknown";

export interface Health {
  agent_id: string;
  status: LifeStatus;
  running: boolean;
  live: boolean;
  ready: boolean;
  phase: string | null;
  reason: string | null;
  message: string;
  since: string | null;
}

export interface Tier {
  id: string;
  name: string;
  price_monthly: number;
  included_tokens: number;
  overage_per_million: number;
  description: string;
  price_in_words: string;
  included_in_words: string;
  overage_in_words: string;
}

export interface Trial {
  ok: boolean;
  latency_ms: number;
  provider: string;
  model: string;
  error: string | null;
  code: string | null;
  credits: { remaining?: number | null } | null;
}

export interface Counts {
  requests: number;
  requests_failed: number;
  requests_unpriced: number;
  tokens_input: number;
  tokens_output: number;
  tokens_total: number;
  cost_total: number;
  price_total: number;
  saved: number;
}

export interface Forecast {
  tokens_total: number;
  cost_total: number;
  overage_tokens: number;
  price_total: number;
  date_exceeded: string | null;
}

export interface PlanUse {
  included_tokens: number | null;
  percent: number | null;
  overage_tokens: number;
  forecast: Forecast | null;
}

export interface FairUse {
  state: "Within" | "Nearly" | "Exceeded";
  percent: number | null;
  reason: string | null;
  action: string;
}

export type Day = Counts & { date: string };
export type ModelUse = Counts & { provider: string; model: string; priced: boolean };

export interface Usage extends Counts, PlanUse {
  period: string;
  from: string;
  to: string;
  plan_month: string;
  tier: string | null;
  by_date: Day[];
  by_model: ModelUse[];
  by_category: (Counts & { category: string })[];
  fair_use?: FairUse | null;
}

export interface AgentUse extends Counts, PlanUse {
  agent_id: string;
  workspace_id: string;
  display_name: string;
  tier: string | null;
  fair_use?: FairUse | null;
}

export interface Summary extends Usage {
  agents: AgentUse[];
}

export interface Statement {
  month: string;
  closed: boolean;
  lines: { agent_id: string; tier: string; price: number; overage_price: number; total: number }[];
  total: number;
}

export interface Category {
  name: string;
  models: string[];
  keywords: string[];
  description: string;
  examples: string[];
  built_in: boolean;
}

export interface Rules {
  mode: string;
  tools: string;
  categories: Category[];
  mappings: { category: string; models: string[] }[];
  defaults: { tiers: Record<string, Record<string, string[]>>; providers: Record<string, Record<string, string[]>> };
}

export interface Candidate {
  provider: string;
  model: string;
  listed: boolean;
  last_resort: boolean;
  breaker: string;
  breaker_reason: string | null;
  estimated_cost: number | null;
}

export interface Route {
  mode: string;
  category: string;
  confidence: number;
  signals: string[];
  provider: string;
  model: string;
  candidates: Candidate[];
  passed_over: { model: string; reason: string }[];
}

export interface Breaker {
  provider: string;
  model: string;
  credential: string;
  state: string;
  failures: number;
  reason: string | null;
  opened_at: string | null;
  reopens_at: string | null;
}

export interface KeyTrouble {
  agent_id: string;
  source: string | null;
  provider: string;
  model: string;
  code: string;
  message: string;
  since: string | null;
}

export interface Credits {
  remaining?: number | null;
  total?: number | null;
  used?: number | null;
}

export interface TokenCount {
  tokens_input: number;
  tokens_output: number;
  tokens_total: number;
}

export interface Spoken {
  content: string;
  provider: string;
  model: string;
  usage: TokenCount | null;
  /** USD; null where it is not known. */
  cost_total?: number | null;
  /** Under which the requests of an agent itself are added up. */
  tree_id?: string | null;
}

export interface DriveFile {
  id: string;
  path: string;
  name: string;
  size: number;
  content_type: string;
  created_at: string;
  agent_id: string | null;
  workspace_id: string;
}

export interface DriveFolder {
  path: string;
  name: string;
}

export interface DrivePage {
  path: string;
  folders: DriveFolder[];
  files: DriveFile[];
  next_cursor: string | null;
}

/** Bytes that files come to, and may come to; null limits nothing. */
export interface DriveRoom {
  workspace_id: string;
  used: number;
  quota: number | null;
  agent_id: string | null;
  agent_used: number | null;
  agent_quota: number | null;
  largest_file: number;
}

export interface ShareLink {
  /** The path alone where the router was not told its address. */
  url: string;
  expires_at: string;
}

export interface ToolCall {
  id: string;
  time: string;
  agent_id: string;
  workspace_id: string;
  tool: string;
  target: string;
  result: "ok" | "refused" | "failed";
  code: string | null;
  ms: number;
  request_id: string;
  tree_id: string | null;
}

export interface ToolCallPage {
  calls: ToolCall[];
  next_cursor: string | null;
}

export interface TreeCounts extends TokenCount {
  requests: number;
  cost_total: number;
}

export interface TreeHead extends TreeCounts {
  tree_id: string;
  /** The agent that asked first; null where a person began. */
  from: string | null;
  to: string;
  status: "running" | "ok" | "failed" | "timeout" | "cancelled" | "lost";
  started_at: string;
  ms: number | null;
}

export interface TreePage {
  trees: TreeHead[];
  next_cursor: string | null;
}

export interface TreeAsk extends TreeCounts {
  id: string;
  from: string | null;
  to: string;
  status: TreeHead["status"];
  ms: number | null;
  asks: TreeAsk[];
}

export interface Tree extends TreeHead {
  asks: TreeAsk[];
}
