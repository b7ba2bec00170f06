import type { ReactNode } from "react";

import type { Usage } from "../api/answers";
import { useWords } from "../words/words";

/** The figures that matter first: tokens, cost, overage, and the month's end. */
export function Tiles({ usage, plans = 0 }: { usage: Usage; plans?: number }) {
  const { say, numbers } = useWords();
  const forecast = usage.forecast;
  const beyond = usage.overage_tokens;
  return (
    <div className="tiles">
      <Tile name={say("usage.tokens")} figure={numbers.short(usage.tokens_total)}>
        {numbers.whole(usage.requests)} {say("usage.requests").toLowerCase()}
        {usage.requests_failed > 0 && `, ${say("usage.failed", { n: numbers.whole(usage.requests_failed) })}`}
      </Tile>
      {plans > 0 && <Tile name={say("usage.cost.plans")} figure={numbers.money(plans)} />}
      <Tile name={say("usage.cost.providers")} figure={numbers.money(usage.cost_total)} />
      <Tile name={say("usage.overage")} figure={numbers.money(usage.price_total)} warn={beyond > 0}>
        {beyond > 0
          ? say("usage.overage.tokens", { tokens: numbers.short(beyond) })
          : say("usage.overage.none")}
      </Tile>
      {forecast !== null && (
        <Tile name={say("usage.forecast")} figure={say("usage.tokens.n", { tokens: numbers.short(forecast.tokens_total) })}>
          {forecast.date_exceeded === null
            ? say("usage.forecast.hint")
            : say("usage.forecast.exceeded", { date: numbers.day(forecast.date_exceeded) })}
        </Tile>
      )}
    </div>
  );
}

interface TileProps {
  name: string;
  figure: string;
  warn?: boolean;
  children?: ReactNode;
}

function Tile({ name, figure, warn = false, children }: TileProps) {
  return (
    <div className={`tile panel ${warn ? "tile-warn" : ""}`}>
      <span className="tile-name">{name}</span>
      <span className="tile-figure">{figure}</span>
      <span className="hint">{children}</span>
    </div>
  );
}
