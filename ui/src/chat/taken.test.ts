import { expect, test } from "vitest";

import type { Tree } from "../api/answers";
import { taken } from "./taken";

const tree = (requests: number, tokens_total: number) => ({ requests, tokens_total, cost_total: 0.5 }) as Tree;
const atOnce = () => Promise.resolve();

function looks(...found: Tree[]): () => Promise<Tree> {
  return () => {
    const next = found.length > 1 ? found.shift() : found[0];
    return next === undefined ? Promise.reject(new Error("refused")) : Promise.resolve(next);
  };
}

test("what was taken is known once two looks say the same", async () => {
  expect(await taken(looks(tree(0, 0), tree(1, 10), tree(2, 30), tree(2, 30), tree(3, 40)), atOnce)).toMatchObject({
    tokens_total: 30,
  });
});

test("an answer without any request, and one that may not be seen, stay unknown", async () => {
  expect(await taken(looks(tree(0, 0)), atOnce)).toBeNull();
  expect(await taken(looks(), atOnce)).toBeNull();
});
