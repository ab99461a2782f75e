import { readlinkSync } from "node:fs";

/** Formats a time (milliseconds since 1970) for a log line. */
export type TimeFormat = (time: number) => string;

/** Local time on a 12-hour clock: `2026-11-23 PM 01:02:03.456`. */
export function seedTime(utc: boolean = isUtc(process.env["TZ"])): TimeFormat {
  return (time) => {
    const local = new Date(utc ? time : time - new Date(time).getTimezoneOffset() * 60_000);
    const hours = local.getUTCHours();
    const iso = local.toISOString();
    // Joined, because a template makes a rope, which is flattened again in every line that contains it (Bun 1.4.5).
    return [iso.slice(0, 10), hours < 12 ? " AM " : " PM ", two(hours % 12 || 12), iso.slice(13, 23)].join(
      "",
    );
  };
}

/**
 * Whether local time is known to be UTC, as on most servers. If not, Bun is asked for local time and loads the time
 * zones, which adds 12 ms and 4 MB to the start (Bun 1.4.5).
 */
export function isUtc(zone: string | undefined, link = "/etc/localtime"): boolean {
  try {
    return /(^|\/)UTC$/.test(zone ?? readlinkSync(link));
  } catch {
    return false;
  }
}

/** RFC 3339, UTC: `2026-11-23T13:02:03.456Z`. */
export function rfc3339(): TimeFormat {
  return lastKept((time) => new Date(time).toISOString());
}

/** Keeps the last result, because under load many lines share a millisecond. */
export function lastKept(format: TimeFormat): TimeFormat {
  let last = NaN;
  let text = "";
  return (time) => {
    if (time !== last) text = format((last = time));
    return text;
  };
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}
