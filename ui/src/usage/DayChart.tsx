import { AxisBottom, AxisLeft } from "@visx/axis";
import { scaleBand, scaleLinear } from "@visx/scale";
import { Bar } from "@visx/shape";
import { useMemo } from "react";

import { useWords } from "../words/words";
import { columnsOf, type Series } from "./days";
import { DayTable } from "./DayTable";
import { useWidth } from "./width";

const HEIGHT = 240;
const MARGIN = { top: 12, right: 8, bottom: 28, left: 48 };
const TICK = { fontSize: 12, fontFamily: "inherit" };
const LABEL_WIDTH = 56;
const TICKS = 4;

/** Columns for each day, one piece for each series. What is seen is in the table below as well. */
export function DayChart({ dates, series }: { dates: string[]; series: Series[] }) {
  const { say, numbers } = useWords();
  const [frame, width] = useWidth();
  const columns = useMemo(() => columnsOf(dates, series), [dates, series]);
  const inner = { width: Math.max(width - MARGIN.left - MARGIN.right, 0), height: HEIGHT - MARGIN.top - MARGIN.bottom };
  const x = scaleBand({ domain: dates, range: [0, inner.width], padding: 0.25 });
  const most = Math.max(1, ...columns.map((column) => column.total));
  const y = scaleLinear({ domain: [0, most], range: [inner.height, 0], nice: TICKS });
  const every = Math.max(1, Math.ceil((dates.length * LABEL_WIDTH) / Math.max(inner.width, 1)));
  const shownDates = dates.filter((_, place) => (dates.length - 1 - place) % every === 0);
  return (
    <figure className="chart">
      <div ref={frame} className="chart-frame">
        <svg width={width} height={HEIGHT} role="img" aria-label={say("usage.chart")}>
          <g transform={`translate(${String(MARGIN.left)},${String(MARGIN.top)})`}>
            <AxisLeft
              scale={y}
              numTicks={TICKS}
              hideAxisLine
              tickStroke="transparent"
              tickFormat={(value) => numbers.short(Number(value))}
              tickLabelProps={{ ...TICK, fill: "currentColor", textAnchor: "end", dy: "0.33em", dx: -4 }}
            />
            {y.ticks(TICKS).map((tick) => (
              <line key={tick} className="chart-grid" x1={0} x2={inner.width} y1={y(tick)} y2={y(tick)} />
            ))}
            {columns.map((column) => (
              <g key={column.date}>
                <title>{`${numbers.day(column.date)}: ${numbers.whole(column.total)}`}</title>
                {column.pieces.map((piece, place) => (
                  <Bar
                    key={piece.name}
                    className={`series-${String(place)}`}
                    x={x(column.date) ?? 0}
                    width={x.bandwidth()}
                    y={y(piece.to)}
                    height={Math.max(0, y(piece.from) - y(piece.to))}
                    rx={Math.min(3, x.bandwidth() / 4)}
                  />
                ))}
              </g>
            ))}
            <AxisBottom
              scale={x}
              top={inner.height}
              tickValues={shownDates}
              stroke="currentColor"
              tickStroke="transparent"
              axisLineClassName="chart-grid"
              tickFormat={(date) => numbers.day(date)}
              tickLabelProps={{ ...TICK, fill: "currentColor", textAnchor: "middle" }}
            />
          </g>
        </svg>
      </div>
      {series.length > 1 && (
        <ul className="legend">
          {series.map((one, place) => (
            <li key={one.name}>
              <span className={`legend-dot series-${String(place)}`} aria-hidden="true" />
              <span className="truncate">{one.name}</span>
            </li>
          ))}
        </ul>
      )}
      <DayTable columns={columns} series={series} />
    </figure>
  );
}
