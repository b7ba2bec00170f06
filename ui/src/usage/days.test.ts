import { expect, test } from "vitest";

import type { Day } from "../api/answers";
import { columnsOf, restOf, seriesOf } from "./days";

const day = (date: string, tokens_total: number) => ({ date, tokens_total }) as Day;
const TOTAL = [day("2026-11-01", 10), day("2026-11-02", 5)];
const AVA = seriesOf("Ava", [day("2026-11-01", 4)]);

test("others are what is left of the total", () => {
  expect([...restOf("Others", TOTAL, [AVA]).days.values()]).toEqual([6, 5]);
});

test("others are never below nothing, though an agent's figures are newer than the total", () => {
  const newer = seriesOf("Ava", [day("2026-11-01", 11)]);
  expect([...restOf("Others", TOTAL, [newer]).days.values()]).toEqual([0, 5]);
});

test("pieces stand on each other and reach the total", () => {
  const [first] = columnsOf(["2026-11-01"], [AVA, restOf("Others", TOTAL, [AVA])]);
  expect(first).toEqual({
    date: "2026-11-01",
    total: 10,
    pieces: [
      { name: "Ava", from: 0, to: 4 },
      { name: "Others", from: 4, to: 10 },
    ],
  });
});
