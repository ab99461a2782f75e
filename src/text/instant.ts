/**
 * Parses a time in the form of RFC 3339 and returns it in milliseconds since 1970; null for any other text and for a date
 * or an hour that does not exist. `Date.parse` takes the 30th of February for the 2nd of March (Bun 1.4.5). A leap second
 * is refused, because no clock here has it.
 */
export function parseInstant(text: string): number | null {
  const parts = RFC3339.exec(text);
  if (parts === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1, 7).map(Number);
  const [fraction = "", sign, offsetHours = "0", offsetMinutes = "0"] = parts.slice(7);
  // A date that rolls over to another one does not exist.
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  if (hour > 23 || minute > 59 || second > 59) return null;
  if (Number(offsetHours) > 23 || Number(offsetMinutes) > 59) return null;
  const offset = (Number(offsetHours) * 60 + Number(offsetMinutes)) * (sign === "-" ? -1 : 1);
  const milliseconds = Number(fraction.slice(0, 3).padEnd(3, "0"));
  const time = date.getTime() + ((hour * 60 + minute - offset) * 60 + second) * 1_000 + milliseconds;
  return time >= FIRST && time <= LAST ? time : null;
}

/** A time in the form of RFC 3339, cut to a second: `2027-01-31T12:00:00Z`. jq's `fromdate` takes no fraction. */
export function formatInstant(time: number): string {
  return `${new Date(time).toISOString().slice(0, -"000Z".length - 1)}Z`;
}

const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;
/** The years that RFC 3339 can write. */
const FIRST = -62_167_219_200_000;
const LAST = 253_402_300_799_999;
