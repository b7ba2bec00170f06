import { Button } from "@rocket.chat/fuselage";

import type { Period } from "../api/usage";
import { Choice } from "../parts/Choice";
import { useWords } from "../words/words";

interface Props {
  period: Period;
  onChange: (period: Period) => void;
  csv: string;
}

export function PeriodBar({ period, onChange, csv }: Props) {
  const { say } = useWords();
  return (
    <>
      <Choice<Period>
        legend={say("usage.period")}
        quiet
        value={period}
        onChange={onChange}
        options={[
          { value: "day", label: say("usage.day") },
          { value: "week", label: say("usage.week") },
          { value: "month", label: say("usage.month") },
        ]}
      />
      <Button is="a" href={csv} download icon="download">
        {say("usage.csv")}
      </Button>
    </>
  );
}
