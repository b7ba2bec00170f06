import type { Day } from "../api/answers";

/** Tokens of one agent, or of all others, for each day. */
export interface Series {
  name: string;
  days: ReadonlyMap<string, number>;
}

/** One day's column: a piece for each series, from the bottom up. */
export interface Column {
  date: string;
  total: number;
  pieces: { name: string; from: number; to: number }[];
}

export function seriesOf(name: string, days: readonly Day[]): Series {
  return { name, days: new Map(days.map((day) => [day.date, day.tokens_total])) };
}

/** What is left of the total when the named series are taken away; never below zero while figures are on their way. */
export function restOf(name: string, total: readonly Day[], named: readonly Series[]): Series {
  return {
    name,
    days: new Map(
      total.map(({ date, tokens_total }) => {
        const known = named.reduce((sum, series) => sum + (series.days.get(date) ?? 0), 0);
        return [date, Math.max(0, tokens_total - known)];
      }),
    ),
  };
}

/** Put series one on the other. */
export function columnsOf(dates: readonly string[], series: readonly Series[]): Column[] {
  return dates.map((date) => {
    let top = 0;
    const pieces = series.map(({ name, days }) => {
      const from = top;
      top += days.get(date) ?? 0;
      return { name, from, to: top };
    });
    return { date, total: top, pieces };
  });
}
