import { write } from "node:fs";
import { LIMITS } from "../../limits.ts";

/** Writes log lines. Never throws, and only `close` waits. */
export interface LineWriter {
  /** Accepts whole lines, each with its line feed. They are written together, a little later. */
  write(lines: string): void;
  /** Writes the rest, for at most `deadline` milliseconds. */
  close(deadline: number): Promise<void>;
  /** Lines dropped so far, because they could not be written. */
  readonly dropped: number;
}

/**
 * Writes lines to a file descriptor in batches, one write at a time.
 *
 * A blocked reader costs at most `LIMITS.logBacklog` of memory, a closed one none: lines that can't be kept or written
 * are dropped and counted, and once writing works again the line that `droppedLine` makes of the count is written. Only
 * an asynchronous write works with closed, full and non-blocking descriptors alike.
 *
 * Waiting lines are gathered into short texts, and these into one of two buffers that are used in turn: each garbage
 * collection visits every string and buffer that is still alive, which costs a busy server more than making the lines
 * does (Bun 1.4.5).
 */
export function lineWriter(fd: number, droppedLine: (lines: number) => string): LineWriter {
  let text = "";
  let batch = Buffer.allocUnsafe(LIMITS.logBatch);
  let spare = Buffer.allocUnsafe(LIMITS.logBatch);
  let size = 0;
  /** Texts that don't fit into the batch while the other one is being written. */
  let queue: string[] = [];
  let queued = 0;
  let busy = false;
  let timer: ReturnType<typeof setTimeout> | null = null;
  let dropped = 0;
  let unreported = 0;
  let idle: (() => void)[] = [];

  const drop = (lines: number) => {
    dropped += lines;
    unreported += lines;
  };
  const fits = (lines: string) => size + lines.length * MAX_UTF8_BYTES <= batch.length;
  const gather = () => {
    if (queue.length === 0 && fits(text)) {
      size += batch.write(text, size);
    } else {
      queue.push(text);
      queued += text.length;
    }
    text = "";
  };
  /** The bytes of the next write, null if nothing waits. */
  const nextBytes = (): Buffer | null => {
    if (text !== "") gather();
    for (let next = queue[0]; next !== undefined && (size === 0 || fits(next)); next = queue[0]) {
      queue.shift();
      queued -= next.length;
      if (!fits(next)) return Buffer.from(next);
      size += batch.write(next, size);
    }
    if (size === 0) return null;
    const bytes = batch.subarray(0, size);
    [batch, spare] = [spare, batch];
    size = 0;
    return bytes;
  };
  const dropAll = () => {
    for (let bytes = nextBytes(); bytes !== null; bytes = nextBytes()) drop(linesIn(bytes));
  };
  const settle = (succeeded: boolean) => {
    busy = false;
    if (succeeded && queue.length > 0) return flush();
    // Dropped lines are reported with the next write, without retries while nothing can be written.
    if (size > 0 || text !== "" || queue.length > 0 || (succeeded && unreported > 0)) return flushLater();
    for (const resolve of idle) resolve();
    idle = [];
  };
  /** `reported` is the number of dropped lines that the bytes report, 0 for other lines. */
  const send = (bytes: Buffer, reported: number) => {
    busy = true;
    write(fd, bytes, 0, bytes.length, null, (error, written) => {
      if (error && error.code === "EAGAIN") {
        setTimeout(send, LIMITS.logDelay, bytes, reported).unref();
      } else if (error) {
        // A failed report is not a dropped line itself: its count is reported later, and all waiting lines are dropped.
        if (reported === 0) drop(linesIn(bytes));
        else dropAll();
        unreported += reported;
        settle(false);
      } else if (written < bytes.length) {
        send(bytes.subarray(written), reported);
      } else {
        settle(true);
      }
    });
  };
  const flush = () => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (busy) return;
    const count = unreported;
    unreported = 0;
    const report = count > 0 ? droppedLine(count) : "";
    if (report !== "") return send(Buffer.from(report), count);
    const bytes = nextBytes();
    if (bytes !== null) send(bytes, 0);
  };
  const flushLater = () => {
    timer ??= setTimeout(flush, LIMITS.logDelay);
  };

  return {
    write(lines) {
      if (queued + size + text.length + lines.length > LIMITS.logBacklog)
        return drop(linesIn(Buffer.from(lines)));
      text += lines;
      if (text.length >= GATHERED) gather();
      if (queue.length > 0 && !busy) flush();
      else flushLater();
    },
    async close(deadline) {
      flush();
      if (!busy) return;
      await new Promise<void>((resolve) => {
        const late = setTimeout(resolve, deadline);
        idle.push(() => {
          clearTimeout(late);
          resolve();
        });
      });
    },
    get dropped() {
      return dropped;
    },
  };
}

function linesIn(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(LINE_FEED); at !== -1; at = bytes.indexOf(LINE_FEED, at + 1)) lines += 1;
  return lines;
}

const LINE_FEED = 0x0a;
/** UTF-8 bytes for each UTF-16 code unit, at most. */
const MAX_UTF8_BYTES = 3;
/** Characters to gather before they become bytes. */
const GATHERED = 4096;
