/** Writes figures as the reader's language does; days and months are those of UTC, as in the router's books. */
export interface Numbers {
  /** `1.2M` */
  short: (count: number) => string;
  /** `1,234,567` */
  whole: (count: number) => string;
  /** `$4.20`; below a cent two digits that say something, down to `<$0.0001`. */
  money: (usd: number) => string;
  /** 12.5 -> `12.5%` */
  percent: (hundredths: number) => string;
  /** 230 -> `230 ms`, 2300 -> `2.3 s` */
  span: (milliseconds: number) => string;
  /** How long something has been so, in its largest unit: milliseconds -> `3 days` */
  lasting: (milliseconds: number) => string;
  /** 1_500_000 -> `1.5 MB` */
  bytes: (count: number) => string;
  /** `2026-11-27` -> `27 Nov` */
  day: (iso: string) => string;
  /** A moment, in the reader's own time zone. */
  moment: (iso: string) => string;
  /** `November 2026` */
  month: (iso: string) => string;
}

const CENT = 0.01;
const LEAST = 0.0001;
const SECOND = 1000;
const LASTING = [
  { unit: "day", length: 86_400_000 },
  { unit: "hour", length: 3_600_000 },
  { unit: "minute", length: 60_000 },
];
const THOUSAND = 1000;
const SIZES = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];

export function numbersFor(language: string): Numbers {
  const short = new Intl.NumberFormat(language, { notation: "compact", maximumFractionDigits: 1 });
  const whole = new Intl.NumberFormat(language);
  const money = new Intl.NumberFormat(language, { style: "currency", currency: "USD", currencyDisplay: "narrowSymbol" });
  const cents = new Intl.NumberFormat(language, {
    style: "currency",
    currency: "USD",
    currencyDisplay: "narrowSymbol",
    maximumSignificantDigits: 2,
  });
  const percent = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 });
  const seconds = new Intl.NumberFormat(language, { style: "unit", unit: "second", maximumFractionDigits: 1 });
  const millis = new Intl.NumberFormat(language, { style: "unit", unit: "millisecond" });
  const day = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", timeZone: "UTC" });
  const month = new Intl.DateTimeFormat(language, { month: "long", year: "numeric", timeZone: "UTC" });
  const moment = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
  return {
    short: (count) => short.format(count),
    whole: (count) => whole.format(count),
    money: (usd) => {
      if (usd <= 0 || usd >= CENT) return money.format(usd);
      return usd < LEAST ? `<${cents.format(LEAST)}` : cents.format(usd);
    },
    percent: (hundredths) => percent.format(hundredths / 100),
    span: (ms) => (ms < SECOND ? millis.format(ms) : seconds.format(ms / SECOND)),
    lasting: (ms) => {
      const { unit, length } = LASTING.find((one) => ms >= one.length) ?? { unit: "second", length: SECOND };
      const options = { style: "unit", unit, unitDisplay: "long" } as const;
      return new Intl.NumberFormat(language, options).format(Math.max(0, Math.floor(ms / length)));
    },
    bytes: (count) => {
      const power = Math.min(Math.floor(Math.log(Math.max(count, 1)) / Math.log(THOUSAND) + 1e-9), SIZES.length - 1);
      const unit = SIZES[power] ?? "byte";
      const look = power === 0 ? { unitDisplay: "long", maximumFractionDigits: 0 } as const : { maximumFractionDigits: 1 };
      return new Intl.NumberFormat(language, { style: "unit", unit, ...look }).format(count / THOUSAND ** power);
    },
    day: (iso) => day.format(new Date(iso)),
    moment: (iso) => moment.format(new Date(iso)),
    month: (iso) => month.format(new Date(iso)),
  };
}
