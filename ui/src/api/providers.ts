import { queryOptions } from "@tanstack/react-query";

import type { Breaker, Credits, KeyTrouble } from "./answers";
import { api, read } from "./client";

export const breakersQuery = queryOptions({
  queryKey: ["breakers"],
  queryFn: async () => (await read<{ breakers: Breaker[] }>(api.GET("/api/v1/breakers"))).breakers,
  refetchInterval: 10_000,
});

export const troublesQuery = queryOptions({
  queryKey: ["key-troubles"],
  queryFn: async () => (await read<{ key_troubles: KeyTrouble[] }>(api.GET("/api/v1/key-troubles"))).key_troubles,
  refetchInterval: 10_000,
});

export const creditsQuery = queryOptions({
  queryKey: ["openrouter-credits"],
  queryFn: () => read<Credits>(api.GET("/api/v1/providers/openrouter/credits")),
  retry: false,
});
