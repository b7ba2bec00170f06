import { useQuery } from "@tanstack/react-query";
import { useId } from "react";

import type { Tier } from "../api/answers";
import { tiersQuery } from "../api/llm";
import { FaultBox } from "../parts/FaultBox";
import { Loading } from "../parts/Loading";
import { useWords } from "../words/words";

const POPULAR = "standard";
const HEIGHT = 180;

interface Props {
  legend: string;
  tier: string | null;
  onChange: (tier: string) => void;
  disabled?: boolean;
}

/** The plans on sale as cards to choose from: a name, a price, a sentence. What answers behind them is nobody's care. */
export function PlanCards({ legend, tier, onChange, disabled = false }: Props) {
  const name = useId();
  const tiers = useQuery(tiersQuery);
  if (tiers.isPending) return <Loading lines={1} height={HEIGHT} />;
  if (tiers.isError) return <FaultBox error={tiers.error} retry={() => void tiers.refetch()} />;
  return (
    <fieldset className="plans" disabled={disabled}>
      <legend className="label">{legend}</legend>
      {tiers.data.map((plan) => (
        <label key={plan.id} className="plan">
          <input
            type="radio"
            name={name}
            checked={plan.id === tier}
            onChange={() => {
              onChange(plan.id);
            }}
          />
          <PlanText plan={plan} />
        </label>
      ))}
    </fieldset>
  );
}

function PlanText({ plan }: { plan: Tier }) {
  const { language, say, numbers } = useWords();
  const whole = Number.isInteger(plan.price_monthly);
  const price = numbers.money(plan.price_monthly);
  return (
    <span className="plan-text">
      <span className="plan-name">
        {plan.name}
        {plan.id === POPULAR && <span className="popular">{say("llm.plan.popular")}</span>}
      </span>
      <span className="plan-price">
        <strong>{whole ? price.replace(/[.,]00(?=\D|$)/, "") : price}</strong> {say("llm.plan.month")}
      </span>
      <span className="plan-sentence" lang={language === "en" ? undefined : "en"}>
        {plan.description}
      </span>
      <span className="hint" lang={language === "en" ? undefined : "en"}>
        {plan.overage_in_words}
      </span>
    </span>
  );
}
