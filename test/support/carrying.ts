import type { AnswerHead } from "../../src/upstream/answer-head.ts";
import { Connection, type ActiveRequest } from "../../src/upstream/connection.ts";
import { upstreamCause } from "../../src/upstream/upstream-error.ts";
import type { UpstreamTls } from "../../src/upstream/upstream-tls.ts";
import { upstreamUrl, type UpstreamUrl } from "../../src/upstream/upstream-url.ts";
import { patiently } from "./raw-connection.ts";
import type { RawUpstream } from "./raw-upstream.ts";

/** Notes of what happens, which a test can wait for. */
export class Notes {
  readonly all: string[] = [];
  #looks: (() => void)[] = [];

  add(note: string): void {
    this.all.push(note);
    for (const look of this.#looks.splice(0)) look();
  }

  /** Waits until anything was noted. */
  async first(): Promise<void> {
    if (this.all.length > 0) return;
    const next = new Promise<void>((resolve) => this.#looks.push(resolve));
    await patiently(next, () => "nothing was noted");
  }

  /** Waits until something with this name was noted so many times. */
  async saw(name: string, times = 1): Promise<void> {
    const isNamed = (note: string) => note.split(" ", 1)[0] === name;
    while (this.all.filter(isNamed).length < times) {
      const next = new Promise<void>((resolve) => this.#looks.push(resolve));
      await patiently(next, () => `no ${name} among ${JSON.stringify(this.all)}`);
    }
  }
}

/** A request that notes what its connection reports. Keeps the pieces of the content as they arrived. */
export class NotedRequest implements ActiveRequest {
  readonly notes = new Notes();
  readonly pieces: Uint8Array[] = [];
  isSent = true;

  constructor(
    readonly method = "GET",
    /** Called when a part of the answer has arrived, and more is to come. */
    readonly progressed: () => void = () => {},
  ) {}

  /** Bytes of the content so far. */
  get size(): number {
    return this.pieces.reduce((size, piece) => size + piece.byteLength, 0);
  }

  get text(): string {
    return Buffer.concat(this.pieces).toString("latin1");
  }

  head({ status }: AnswerHead): void {
    this.notes.add(`head ${status}`);
  }

  content(piece: Uint8Array): void {
    this.pieces.push(piece);
  }

  progress(): void {
    this.progressed();
  }

  end(): void {
    this.notes.add("end");
  }

  failed(fault: unknown, hasBegun: boolean): void {
    this.notes.add(`failed ${upstreamCause(fault)}${hasBegun ? " midway" : ""}`);
  }
}

/** The parsed URL of an upstream. */
export function urlOf(text: string): UpstreamUrl {
  const url = upstreamUrl(text);
  if ("problem" in url) throw new Error(url.problem);
  return url;
}

/** A connection that is being opened, and the notes of its events. */
export function connecting(url: string | UpstreamUrl, tls: Partial<UpstreamTls> = {}) {
  const notes = new Notes();
  const faults: unknown[] = [];
  const to = typeof url === "string" ? urlOf(url) : url;
  const connection = new Connection(
    to,
    { ca: null, insecure: false, ...tls },
    {
      opened: () => notes.add("opened"),
      openFailed(_, fault) {
        faults.push(fault);
        notes.add(`openFailed ${upstreamCause(fault)}`);
      },
      idle: () => notes.add("idle"),
      closed: () => notes.add("closed"),
    },
  );
  return { connection, notes, faults };
}

/** An open connection to an upstream, and the upstream's end of it. */
export async function opened(upstream: RawUpstream, tls: Partial<UpstreamTls> = {}) {
  const made = connecting(upstream.url, tls);
  const [there] = await Promise.all([upstream.connected(1), made.notes.saw("opened")]);
  return { ...made, there };
}

/** The same with a request, to which the upstream sends these bytes. */
export async function asked(upstream: RawUpstream, play: string, request = new NotedRequest()) {
  upstream.plays(({ connection }) => connection.write(play));
  const made = await opened(upstream);
  made.connection.send(getHead(), request);
  await upstream.requested(1);
  return { ...made, request };
}

/** The head of a request for this path. */
export function getHead(path = "/x"): string {
  return `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
}

/** Random bytes as Latin-1. */
export function randomText(size: number): string {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  return bytes.toString("latin1");
}
