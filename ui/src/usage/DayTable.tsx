import { useWords } from "../words/words";
import type { Column, Series } from "./days";

/** The chart in figures; days without use are left out. */
export function DayTable({ columns, series }: { columns: Column[]; series: Series[] }) {
  const { say, numbers } = useWords();
  const used = columns.filter((column) => column.total > 0).reverse();
  if (used.length === 0) return null;
  return (
    <details className="chart-table">
      <summary>{say("usage.table")}</summary>
      <div className="scroll" tabIndex={0} role="region" aria-label={say("usage.table")}>
        <table>
          <thead>
            <tr>
              <th scope="col">{say("usage.date")}</th>
              {series.map((one) => (
                <th key={one.name} scope="col" className="number">
                  {one.name}
                </th>
              ))}
              {series.length > 1 && (
                <th scope="col" className="number">
                  {say("usage.total")}
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {used.map((column) => (
              <tr key={column.date}>
                <th scope="row">{numbers.day(column.date)}</th>
                {column.pieces.map((piece) => (
                  <td key={piece.name} className="number">
                    {numbers.whole(piece.to - piece.from)}
                  </td>
                ))}
                {series.length > 1 && <td className="number">{numbers.whole(column.total)}</td>}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
