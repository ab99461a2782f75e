import { statSync } from "node:fs";
import type { Clock } from "../http/clock.ts";
import { LIMITS } from "../limits.ts";

/** What a watch reports. */
export interface FileEvents {
  /** Files have changed, and none is still changing. */
  changed(): void;
  /** A file is gone and was not replaced by the next check. Reported once. */
  missing(file: string): void;
}

/**
 * Checks files at an interval until the returned function is called. A file that changed after `since` (milliseconds
 * since 1970), when reading it began, counts as changed.
 *
 * The system can only watch a folder or an inode, and neither follows a name: a Kubernetes volume swaps a link two
 * folders up.
 */
export function watchFiles(
  files: readonly string[],
  since: number,
  events: FileEvents,
  clock: Clock,
): () => void {
  const timer = setInterval(fileCheck(files, since, events, clock), LIMITS.watchInterval);
  return () => clearInterval(timer);
}

/**
 * Returns a function that checks all files once. A file has changed when it was written, replaced by another, or when a
 * link on its path leads elsewhere.
 *
 * A change is reported at the first check that finds all files as the one before did: a file that grows or is gone for a
 * moment is being written, and half a token must not be read. A file that stays missing has not changed: it may still be
 * replaced, and until then its previous content is used.
 */
export function fileCheck(
  files: readonly string[],
  since: number,
  events: FileEvents,
  clock: Clock,
): () => void {
  const watched = files.map((file) => {
    const state = stateOf(file);
    // A time in the future means nothing: the clock was set back, or it is a file server's.
    const old = state && (state.changedAt < since - CLOCK_STEP || state.changedAt > clock.now());
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

/** What differs once the file has changed, and when it last did; null if there is no file. */
function stateOf(file: string): { readonly text: string; readonly changedAt: number } | null {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs, ctimeMs } = statSync(file, { bigint: true });
    return { text: [dev, ino, size, mtimeNs, ctimeNs].join(" "), changedAt: Number(ctimeMs) };
  } catch {
    return null;
  }
}

/** Linux stamps files with a clock that advances in steps of up to 10 ms. */
const CLOCK_STEP = 20;
