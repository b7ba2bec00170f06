import type { AgentEvent } from "../api/answers";
import { useWords } from "../words/words";

/** What happened to an agent, the newest first; Kubernetes keeps events for an hour. */
export function Events({ events }: { events: AgentEvent[] }) {
  const { say, find, numbers } = useWords();
  if (events.length === 0) return <p className="hint">{say("overview.events.none")}</p>;
  return (
    <ul className="events">
      {events.map((event, place) => (
        <li key={place} className={`event event-${event.type}`}>
          <span className="event-head">
            <strong>{find(`reason.${event.reason}`) ?? event.reason}</strong>
            {event.count > 1 && <span className="hint">{say("overview.events.times", { n: event.count })}</span>}
            {event.last_seen !== null && <span className="hint">{numbers.moment(event.last_seen)}</span>}
          </span>
          <span className="wrap">{event.message}</span>
        </li>
      ))}
    </ul>
  );
}
