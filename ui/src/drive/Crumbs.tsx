import { useWords } from "../words/words";
import type { Crumb } from "./folders";

/** Where one is, and the way back up. */
export function Crumbs({ crumbs, onOpen }: { crumbs: Crumb[]; onOpen: (path: string) => void }) {
  const { say } = useWords();
  return (
    <nav aria-label={say("drive.path")}>
      <ol className="crumbs">
        {crumbs.map((crumb, place) => (
          <li key={crumb.path}>
            {place === crumbs.length - 1 ? (
              <span className="truncate" aria-current="page" title={crumb.name}>
                {crumb.name}
              </span>
            ) : (
              <button
                type="button"
                className="link-button truncate"
                title={crumb.name}
                onClick={() => {
                  onOpen(crumb.path);
                }}
              >
                {crumb.name}
              </button>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}
