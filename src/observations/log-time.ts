/** Writes a time (milliseconds since 1970) for a log line. */
export type TimeFormat = (time: number) => string;

/** The seed's form, local time on a clock of 12 hours: `2026-11-23 PM 01:02:03.456`. */
export function seedTime(): TimeFormat {
  return lastKept((time) => {
    const at = new Date(time);
    const hours = at.getHours();
    const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join("-");
    const clock = [two(hours % 12 || 12), two(at.getMinutes()), two(at.getSeconds())].join(":");
    // Joined, not a template: a sum of strings is summed up again in every line that it stands in (Bun 1.4.5).
    return [
      day,
      hours < 12 ? " AM " : " PM ",
      clock,
      ".",
      String(at.getMilliseconds()).padStart(3, "0"),
    ].join("");
  });
}

/** RFC 3339, UTC: `2026-11-23T13:02:03.456Z`. */
export function rfc3339(): TimeFormat {
  return lastKept((time) => new Date(time).toISOString());
}

/** Many lines share a millisecond under load. */
function lastKept(format: TimeFormat): TimeFormat {
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
