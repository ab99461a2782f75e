import { UpstreamError } from "./upstream-error.ts";

type State = "size" | "padding" | "extension" | "data" | "data_end" | "trailer" | "over";

/**
 * Decodes content in chunks (RFC 9112 7.1). Extensions and trailers are dropped. Throws `invalid_answer` for what is not
 * exactly so, such as a bare LF or a size without digits: two programs could disagree on where such content ends.
 */
export class ChunkDecoder {
  #state: State = "size";
  /** What is left of the current chunk, or its size so far. */
  #left = 0;
  /** Digits of the size so far. */
  #digits = 0;
  /** Bytes since the last content, or of the line of a trailer so far. */
  #overhead = 0;
  #line = 0;
  #wasCR = false;
  /** Bytes of the last piece behind the end of the content. */
  surplus = 0;

  get isOver(): boolean {
    return this.#state === "over";
  }

  /**
   * Returns the content in these bytes, as a part of them: what belongs to several chunks moves together in place, so that
   * bytes become one piece whatever the size of their chunks.
   */
  decode(bytes: Uint8Array): Uint8Array {
    let size = 0;
    let start = 0;
    let at = 0;
    while (at < bytes.length) {
      if (this.#state === "over") {
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

  /** One byte that is not content. */
  #step(byte: number): void {
    this.#overhead += 1;
    if (this.#overhead > MAX_OVERHEAD) invalid();
    const isLF = byte === LF;
    if (this.#wasCR !== isLF) invalid();
    this.#wasCR = byte === CR;
    switch (this.#state) {
      case "size":
        if (isLF) return this.#sized();
        return this.#size(byte);
      case "padding":
        if (byte === SEMICOLON) this.#state = "extension";
        else if (isLF) this.#sized();
        else if (byte !== SPACE && byte !== CR) invalid();
        return;
      case "extension":
        if (isLF) this.#sized();
        return;
      case "data_end":
        if (isLF) this.#begin();
        else if (byte !== CR) invalid();
        return;
      case "trailer":
        if (isLF) {
          if (this.#line === 0) this.#state = "over";
          this.#line = 0;
        } else if (byte !== CR) this.#line += 1;
    }
  }

  #size(byte: number): void {
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

  #sized(): void {
    this.#state = this.#left === 0 ? "trailer" : "data";
  }

  #begin(): void {
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

/** Of a size: 13 hexadecimal digits are exact in a number. */
const MAX_DIGITS = 13;
/** Bytes of sizes, extensions and trailers without content between them. */
const MAX_OVERHEAD = 16 * 1024;
const HEX = Buffer.from("0123456789abcdef");
const [LF, CR, SPACE, SEMICOLON] = [10, 13, 32, 59];
