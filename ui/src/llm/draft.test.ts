import { describe, expect, test } from "vitest";

import type { ModelSettings } from "../api/answers";
import { draftsOf, EMPTY, keySaved, ownKeyBody, planBody, problemsOf } from "./draft";

const LIMITS = { requestsPerMinute: 60 };
const SAVED: ModelSettings = {
  managed: false,
  source: null,
  parameters: {},
  routing: null,
  limits: LIMITS,
  provider: "openai",
  model: "gpt-4o",
  hasKey: true,
  custom_endpoint: null,
  fallbacks: [{ provider: "custom", model: "m", hasKey: true, custom_endpoint: "https://one.test/v1" }],
};

describe("what is missing", () => {
  test("a provider comes first", () => {
    expect(problemsOf(EMPTY)).toEqual(["provider"]);
  });

  test("a key is, where the provider wants one and none is saved", () => {
    expect(problemsOf({ ...EMPTY, provider: "anthropic" })).toEqual(["key"]);
    expect(problemsOf({ ...EMPTY, provider: "ollama" })).toEqual([]);
  });

  test("a custom provider is nothing without its address and model", () => {
    expect(problemsOf({ ...EMPTY, provider: "custom" })).toEqual(["endpoint", "model"]);
  });

  test("nothing is, for settings as they were saved", () => {
    expect(draftsOf(SAVED).flatMap(problemsOf)).toEqual([]);
  });
});

describe("a saved key", () => {
  test("counts for its own provider alone", () => {
    const [first = EMPTY] = draftsOf(SAVED);
    expect(keySaved(first)).toBe(true);
    expect(keySaved({ ...first, provider: "anthropic" })).toBe(false);
  });

  test("counts for its own address alone", () => {
    const [, second = EMPTY] = draftsOf(SAVED);
    expect(keySaved(second)).toBe(true);
    expect(keySaved({ ...second, endpoint: "https://other.test/v1" })).toBe(false);
  });
});

describe("what is sent", () => {
  test("leaves an untouched key out, so that the saved one stays", () => {
    expect(ownKeyBody(draftsOf(SAVED), SAVED)).toMatchObject({
      managed: false,
      provider: "openai",
      api_key: null,
      fallbacks: [{ provider: "custom", api_key: null, custom_endpoint: "https://one.test/v1" }],
    });
  });

  test("keeps the limits that this page does not show", () => {
    expect(planBody("standard", SAVED).limits).toEqual(LIMITS);
    expect(ownKeyBody(draftsOf(SAVED), SAVED).limits).toEqual(LIMITS);
  });
});
