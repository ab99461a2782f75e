import { statSync } from "node:fs";
import { LIMITS } from "./limits.ts";

/**
 * Calls back when a file was written, another one was renamed over it, or a link on the way to it leads elsewhere:
 * what counts is what stands behind the name. A file that is gone has not changed, it is about to be replaced. What
 * changed after `since` (milliseconds since 1970) has changed: whoever has read the files needs time to come here.
 * Gives what ends the watch.
 *
 * Looked at again and again rather than watched by the system, which watches a folder or an inode, and neither is
 * the name (a Kubernetes volume swaps a link two folders up).
 */
export function watchFiles(files: readonly string[], since: number, changed: () => void): () => void {
  let before = files.map((file) => {
    const state = stateOf(file);
    // A time to come says nothing: the clock was set back, or is that of a file server.
    const old = state && (state.changedAt < since - CLOCK_STEP || state.changedAt > Date.now());
    return old ? state.text : null;
  });
  const timer = setInterval(() => {
    const now = files.map((file, index) => stateOf(file)?.text ?? before[index] ?? null);
    const same = now.every((state, index) => state === before[index]);
    before = now;
    if (!same) changed();
  }, LIMITS.watchInterval);
  return () => clearInterval(timer);
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
