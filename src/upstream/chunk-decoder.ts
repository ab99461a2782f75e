import { UpstreamError } from "./upstream-error.ts";

type State = "size" | "padding" | "extension" | "data" | "data_end" | "trailer" | "complete";

/**
 * Decodes chunked content (RFC 9112 7.1). Drops extensions and trailers. Throws `invalid_answer` for any deviation, such as a
 * bare LF or a size without digits: two parsers could disagree on where such content ends. Accepts spaces after a size.
 */
export class ChunkDecoder {
  #state: State = "size";
  /** Bytes that are still to come of the current chunk, or its size so far. */
  #left = 0;
  /** Number of digits of the size so far. */
  #digits = 0;
  /** Bytes since the last content. */
  #overhead = 0;
  /** Length of the current trailer line so far. */
  #line = 0;
  #wasCR = false;
  /** Bytes of the last piece after the end of the content. */
  surplus = 0;

  get isComplete(): boolean {
    return this.#state === "complete";
  }

  /**
   * Returns the content in these bytes, as a subarray: the content of several chunks is joined in place, so that each read is
   * one piece, however small its chunks are. Overwrites `bytes`.
   */
  decode(bytes: Uint8Array): Uint8Array {
    let size = 0;
    let start = 0;
    let at = 0;
    while (at < bytes.length) {
      if (this.#state === "complete") {
        this.surplus = bytes.length - at;
        break;
      }
      if (this.#state !== "data") {
        this.#step(bytes[at]!);
        at += 1;
        continue;
      }
      const end = Math.min(bytes.length, at + this.#left);
      if (size === 0) start = at;
      else bytes.copyWithin(start + size, at, end);
      size += end - at;
      this.#left -= end - at;
      at = end;
      this.#overhead = 0;
      if (this.#left === 0) this.#state = "data_end";
    }
    return bytes.subarray(start, start + size);
  }

  /** Reads one byte that is not content. */
  #step(byte: number): void {
    this.#overhead += 1;
    if (this.#overhead > MAX_OVERHEAD) invalid();
    const isLF = byte === LF;
    if (this.#wasCR !== isLF) invalid();
    this.#wasCR = byte === CR;
    switch (this.#state) {
      case "size":
        if (isLF) return this.#endSize();
        return this.#readSize(byte);
      case "padding":
        if (byte === SEMICOLON) this.#state = "extension";
        else if (isLF) this.#endSize();
        else if (byte !== SPACE && byte !== CR) invalid();
        return;
      case "extension":
        if (isLF) this.#endSize();
        return;
      case "data_end":
        if (isLF) this.#startChunk();
        else if (byte !== CR) invalid();
        return;
      case "trailer":
        if (isLF) {
          if (this.#line === 0) this.#state = "complete";
          this.#line = 0;
        } else if (byte !== CR) this.#line += 1;
    }
  }

  #readSize(byte: number): void {
    const digit = digitOf(byte);
    if (digit >= 0 && this.#digits < MAX_DIGITS) {
      this.#digits += 1;
      this.#left = this.#left * 16 + digit;
    } else if (this.#digits === 0) invalid();
    // Some servers pad sizes with spaces.
    else if (byte === SPACE) this.#state = "padding";
    else if (byte === SEMICOLON) this.#state = "extension";
    else if (byte !== CR) invalid();
  }

  #endSize(): void {
    this.#state = this.#left === 0 ? "trailer" : "data";
  }

  #startChunk(): void {
    this.#state = "size";
    this.#left = 0;
    this.#digits = 0;
  }
}

function digitOf(byte: number): number {
  return HEX.indexOf(byte >= 0x40 ? byte | 0x20 : byte);
}

function invalid(): never {
  throw new UpstreamError("invalid_answer");
}

/** Digits of a size: a number holds 13 hexadecimal digits exactly. */
const MAX_DIGITS = 13;
/** Bytes of sizes, extensions and trailers in a row, without content between them. */
const MAX_OVERHEAD = 16 * 1024;
const HEX = Buffer.from("0123456789abcdef");
const [LF, CR, SPACE, SEMICOLON] = [10, 13, 32, 59];
