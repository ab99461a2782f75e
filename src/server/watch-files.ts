import { statSync } from "node:fs";
import { LIMITS } from "../limits.ts";

/** What a watch reports. */
export interface FileEvents {
  /** Files have changed, and none of them is changing any more. */
  changed(): void;
  /** A file that was there is gone, and was not replaced from one look to the next. Reported once. */
  missing(file: string): void;
}

/**
 * Looks at files again and again until the returned function is called. What changed after `since` (milliseconds since
 * 1970) has changed: whoever has read the files needs time to come here.
 *
 * Not watched by the system, which watches a folder or an inode, and neither is the name (a Kubernetes volume swaps a
 * link two folders up).
 */
export function watchFiles(files: readonly string[], since: number, events: FileEvents): () => void {
  const timer = setInterval(fileLook(files, since, events), LIMITS.watchInterval);
  return () => clearInterval(timer);
}

/**
 * Returns what takes one look at all files. A file has changed when it was written, another one was renamed over it, or
 * a link on the way to it leads elsewhere: what counts is what stands behind the name.
 *
 * A change is reported at the first look at which all files are as at the look before: a file that grows, or is gone for
 * a moment, is being written, and half a token must not be read. A file that stays away has not changed: it may be
 * replaced yet, and until then what was read from it is used.
 */
export function fileLook(files: readonly string[], since: number, events: FileEvents): () => void {
  const watched = files.map((file) => {
    const state = stateOf(file);
    // A time to come says nothing: the clock was set back, or is that of a file server.
    const old = state && (state.changedAt < since - CLOCK_STEP || state.changedAt > Date.now());
    return { file, read: old ? state.text : null, last: state?.text ?? null, expected: state !== null };
  });
  return () => {
    let changed = false;
    let settled = true;
    for (const one of watched) {
      const now = stateOf(one.file)?.text ?? null;
      if (now !== null && now !== one.read) changed = true;
      if (now !== one.last) settled = false;
      else if (now === null && one.expected) {
        one.expected = false;
        events.missing(one.file);
      }
      if (now !== null) one.expected = true;
      one.last = now;
    }
    if (!changed || !settled) return;
    for (const one of watched) one.read = one.last ?? one.read;
    events.changed();
  };
}

/** What would differ if the file had changed, and when it last did; null where there is none to be found. */
function stateOf(file: string): { readonly text: string; readonly changedAt: number } | null {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs, ctimeMs } = statSync(file, { bigint: true });
    return { text: [dev, ino, size, mtimeNs, ctimeNs].join(" "), changedAt: Number(ctimeMs) };
  } catch {
    return null;
  }
}

/** Linux stamps files with a clock that goes in steps of up to 10 ms. */
const CLOCK_STEP = 20;
