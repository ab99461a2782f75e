import { readSync } from "node:fs";

/** Reads an open file, pipe or device to its end. Returns null if it has more than `max` bytes. */
export function readAtMost(fd: number, max: number): Buffer | null {
  const chunks: Buffer[] = [];
  for (let size = 0; size <= max;) {
    const chunk = Buffer.allocUnsafe(Math.min(65536, max + 1));
    const read = readSync(fd, chunk);
    if (read === 0) return Buffer.concat(chunks);
    chunks.push(chunk.subarray(0, read));
    size += read;
  }
  return null;
}
