import { write } from "node:fs";
import { LIMITS } from "../limits.ts";

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
 * line). Only the asynchronous write survives a closed, a full and a non-blocking descriptor (Bun 1.4.5).
 */
export function lineWriter(fd: number, lossLine: (lost: number) => string): LineWriter {
  let waiting: string[] = [];
  let size = 0;
  let busy = false;
  let timer: ReturnType<typeof setTimeout> | null = null;
  let lost = 0;
  let untold = 0;
  let idle: (() => void)[] = [];

  const lose = (lines: number) => {
    lost += lines;
    untold += lines;
  };
  const takeWaiting = () => {
    const told = untold;
    untold = 0;
    const bytes = ENCODER.encode((told > 0 ? lossLine(told) : "") + waiting.join(""));
    waiting = [];
    size = 0;
    return { bytes, told };
  };
  const settle = (works: boolean) => {
    busy = false;
    // A loss is told at the next chance, but not tried again and again where nothing can be written.
    if (size > 0 || (works && untold > 0)) return flushLater();
    for (const resolve of idle) resolve();
    idle = [];
  };
  const send = (bytes: Uint8Array, told: number) => {
    write(fd, bytes, 0, bytes.length, null, (error, written) => {
      if (error && error.code === "EAGAIN") {
        setTimeout(send, LIMITS.logDelay, bytes, told).unref();
      } else if (error) {
        // The loss line itself is not a lost line, but what it told of still has to be told.
        lose(linesIn(DECODER.decode(bytes)) - (told > 0 ? 1 : 0));
        untold += told;
        settle(false);
      } else if (written < bytes.length) {
        send(bytes.subarray(written), 0);
      } else {
        settle(true);
      }
    });
  };
  const flush = () => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (busy || (size === 0 && untold === 0)) return;
    busy = true;
    const { bytes, told } = takeWaiting();
    send(bytes, told);
  };
  const flushLater = () => {
    timer ??= setTimeout(flush, LIMITS.logDelay);
  };

  return {
    write(lines) {
      if (size + lines.length > LIMITS.logBacklog) return lose(linesIn(lines));
      waiting.push(lines);
      size += lines.length;
      if (size >= LIMITS.logBatch && !busy) flush();
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

function linesIn(text: string): number {
  return text.split("\n").length - 1;
}

// With join the fastest way from lines to bytes: a long sum of strings, or Buffer.from, takes a third more (Bun 1.4.5).
const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();
