const FULL = 100;
const NEARLY = 80;

interface Props {
  label: string;
  /** Of the plan, in hundredths; beyond 100 the bar is full. */
  percent: number;
  /** What it is, in words, for those who do not see the bar. */
  words: string;
}

/** How much of a plan is used, as a bar: calm, then warning from 80 per cent, then over. */
export function Meter({ label, percent, words }: Props) {
  const tone = percent > FULL ? "over" : percent >= NEARLY ? "nearly" : "calm";
  return (
    <div
      className={`meter meter-${tone}`}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={FULL}
      aria-valuenow={Math.min(percent, FULL)}
      aria-valuetext={words}
    >
      {percent > 0 && <div className="meter-fill" style={{ inlineSize: `${String(Math.min(percent, FULL))}%` }} />}
    </div>
  );
}
