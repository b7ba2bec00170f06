import { expect, test } from "vitest";

import { en } from "./en";
import { fr } from "./fr";
import { numbersFor } from "./numbers";

const blanks = (sentence: string) => (sentence.match(/\{\w+\}/g) ?? []).sort();

test("every sentence has the same blanks in French", () => {
  const differing = Object.entries(en).filter(
    ([key, sentence]) => blanks(fr[key as keyof typeof fr]).join() !== blanks(sentence).join(),
  );
  expect(differing).toEqual([]);
});

test("figures are written as the language does", () => {
  expect(numbersFor("en").short(1_234_567)).toBe("1.2M");
  expect(numbersFor("en").money(0.0004)).toBe("$0.0004");
  expect(numbersFor("en").money(0.0000017)).toBe("<$0.0001");
  expect(numbersFor("en").money(0)).toBe("$0.00");
  expect(numbersFor("fr").percent(12.5)).toMatch(/^12,5\s%$/);
});

test("a day is the day of the books, wherever the reader lives", () => {
  expect(numbersFor("en").day("2026-11-01")).toBe("Nov 1");
});

test.each([
  [0, "0 bytes"],
  [999, "999 bytes"],
  [1_000, "1 kB"],
  [1_500_000, "1.5 MB"],
  [5_000_000_000_000_000, "5,000 TB"],
])("%i bytes are read as %j", (count, words) => {
  expect(numbersFor("en").bytes(count)).toBe(words);
});

test.each([
  [-5, "0 seconds"],
  [59_999, "59 seconds"],
  [3_600_000, "1 hour"],
  [200_000_000, "2 days"],
])("%i milliseconds are read as %j", (span, words) => {
  expect(numbersFor("en").lasting(span)).toBe(words);
});
