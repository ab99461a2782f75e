import { write } from "node:fs";
import { LIMITS } from "../../limits.ts";

/** Where log lines go. Nothing here throws or waits, except `close`. */
export interface LineWriter {
  /** Takes whole lines, each with its line feed. They are written together, a little later. */
  write(lines: string): void;
  /** Writes what is left, for at most so many milliseconds. */
  close(deadline: number): Promise<void>;
  /** Lines that could not be written so far. */
  readonly lost: number;
}

/**
 * Writes lines to a file descriptor in batches, one write under way at a time.
 *
 * A blocked reader costs at most `LIMITS.logBacklog` of memory, a closed one nothing: lines that can't be kept
 * or written are counted and dropped, and the count is written once it works again (`lossLine` makes that
 * line). Only the asynchronous write survives a closed, a full and a non-blocking descriptor.
 *
 * What waits is gathered into short texts and these into one of two buffers that are used in turn: every string
 * and every buffer that lives on is walked through or paid for at each garbage collection, which costs a busy
 * server more than making the lines does (Bun 1.4.5).
 */
export function lineWriter(fd: number, lossLine: (lost: number) => string): LineWriter {
  let text = "";
  let batch = Buffer.allocUnsafe(LIMITS.logBatch);
  let spare = Buffer.allocUnsafe(LIMITS.logBatch);
  let size = 0;
  /** Texts that found no room in the batch while the other one is written. */
  let queue: string[] = [];
  let queued = 0;
  let busy = false;
  let timer: ReturnType<typeof setTimeout> | null = null;
  let lost = 0;
  let untold = 0;
  let idle: (() => void)[] = [];

  const lose = (lines: number) => {
    lost += lines;
    untold += lines;
  };
  const fits = (lines: string) => size + lines.length * UTF8_MOST <= batch.length;
  const gather = () => {
    if (queue.length === 0 && fits(text)) {
      size += batch.write(text, size);
    } else {
      queue.push(text);
      queued += text.length;
    }
    text = "";
  };
  /** The bytes of the next write, null where nothing waits. */
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
    for (let bytes = nextBytes(); bytes !== null; bytes = nextBytes()) lose(linesIn(bytes));
  };
  const settle = (works: boolean) => {
    busy = false;
    if (works && queue.length > 0) return flush();
    // A loss is told at the next chance, but not tried again and again where nothing can be written.
    if (size > 0 || text !== "" || queue.length > 0 || (works && untold > 0)) return flushLater();
    for (const resolve of idle) resolve();
    idle = [];
  };
  const send = (bytes: Buffer, told: number) => {
    busy = true;
    write(fd, bytes, 0, bytes.length, null, (error, written) => {
      if (error && error.code === "EAGAIN") {
        setTimeout(send, LIMITS.logDelay, bytes, told).unref();
      } else if (error) {
        // The loss line is not a lost line, but what it told of still has to be told, and what waits is lost as well.
        if (told === 0) lose(linesIn(bytes));
        else dropAll();
        untold += told;
        settle(false);
      } else if (written < bytes.length) {
        send(bytes.subarray(written), told);
      } else {
        settle(true);
      }
    });
  };
  const flush = () => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (busy) return;
    const told = untold;
    untold = 0;
    const loss = told > 0 ? lossLine(told) : "";
    if (loss !== "") return send(Buffer.from(loss), told);
    const bytes = nextBytes();
    if (bytes !== null) send(bytes, 0);
  };
  const flushLater = () => {
    timer ??= setTimeout(flush, LIMITS.logDelay);
  };

  return {
    write(lines) {
      if (queued + size + text.length + lines.length > LIMITS.logBacklog)
        return lose(linesIn(Buffer.from(lines)));
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
    get lost() {
      return lost;
    },
  };
}

function linesIn(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(LINE_FEED); at !== -1; at = bytes.indexOf(LINE_FEED, at + 1)) lines += 1;
  return lines;
}

const LINE_FEED = 0x0a;
/** Bytes of UTF-8 that a UTF-16 code unit comes to at the most. */
const UTF8_MOST = 3;
/** Characters that are gathered before they become bytes. */
const GATHERED = 4096;
