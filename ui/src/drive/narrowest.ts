import type { DriveRoom } from "../api/answers";

interface Limit {
  used: number;
  quota: number;
}

/** Of the quotas that hold, the one that leaves the least room; undefined where there is none. */
export function narrowest(room: DriveRoom): Limit | undefined {
  const limits: Limit[] = [];
  if (room.agent_quota !== null) limits.push({ used: room.agent_used ?? 0, quota: room.agent_quota });
  if (room.quota !== null) limits.push({ used: room.used, quota: room.quota });
  return limits.sort((one, other) => one.quota - one.used - (other.quota - other.used))[0];
}
