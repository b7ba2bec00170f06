import type { DriveRoom } from "../api/answers";
import { Meter } from "../parts/Meter";
import { useWords } from "../words/words";
import { narrowest } from "./narrowest";

/** How much of a quota is used; nothing where nothing limits it. */
export function Room({ room }: { room: DriveRoom | undefined }) {
  const { say, numbers } = useWords();
  const limit = room && narrowest(room);
  if (limit === undefined) return null;
  const words = say("drive.room", { used: numbers.bytes(limit.used), quota: numbers.bytes(limit.quota) });
  return (
    <div className="drive-room">
      <Meter label={say("drive.room.label")} percent={(limit.used / limit.quota) * 100} words={words} />
      <span className="hint figures">{words}</span>
    </div>
  );
}
