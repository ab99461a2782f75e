import { LIMITS } from "../limits.ts";

/**
 * Frees the memory of a large piece of content that has been sent. Bun has copied it by then, to the socket or to a buffer
 * of its own. The garbage collector frees such pieces late: without this, forwarding 1 GB takes 100 MB of memory (Bun
 * 1.4.5). The piece must not share its memory with anything that is still needed.
 */
export function freePiece({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength >= LIMITS.freedPiece) buffer.transfer(0);
}
