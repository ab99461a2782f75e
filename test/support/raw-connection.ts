import type { Socket, SocketHandler } from "bun";

/**
 * Milliseconds until what a test waits for counts as missing. Less than the time of a test: Bun 1.4.5 kills every program
 * that runs when a test takes too long, and with it those that the next tests need.
 */
const PATIENCE = 3_500;

/** Characters that a connection keeps of what it drops. */
const TAIL = 16;

/** Rejects with this text where the promise takes too long. */
export async function patiently<T>(
  promise: Promise<T>,
  missing: () => string,
  patience = PATIENCE,
): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(missing())), patience);
  return await Promise.race([promise, late.promise]).finally(() => clearTimeout(timer));
}

/** How the other end closed a connection: with FIN, or with RST. */
export type Ending = "ended" | "reset";

/** What a reader found at the start of what came, and how many bytes of it that was. */
export interface Found<T> {
  readonly value: T;
  readonly length: number;
}

/** Looks at what came so far. Returns null until there is enough of it; `ending` is set once no more can come. */
export type Reader<T> = (received: string, ending: Ending | null) => Found<T> | null;

/**
 * One end of a connection, whose every byte the test decides and sees. Bytes are strings of Latin-1. It waits for events
 * of the connection, and never for a time.
 */
export class RawConnection {
  /** Resolves once the connection is over. */
  readonly closed: Promise<Ending>;
  readonly #socket: Socket<RawConnection>;
  readonly #close: (ending: Ending) => void;
  #received = "";
  #count = 0;
  /** The end of what was dropped; null while all is kept. */
  #dropped: string | null = null;
  #ending: Ending | null = null;
  #unsent = Buffer.alloc(0);
  #looks: (() => void)[] = [];
  #drained: (() => void)[] = [];

  private constructor(socket: Socket<RawConnection>) {
    this.#socket = socket;
    const { promise, resolve } = Promise.withResolvers<Ending>();
    this.closed = promise;
    this.#close = resolve;
  }

  /** The handlers of a socket that becomes such a connection when it opens. */
  static handlers(opened: (connection: RawConnection) => void): SocketHandler<RawConnection> {
    return {
      open(socket) {
        socket.data = new RawConnection(socket);
        opened(socket.data);
      },
      data({ data: connection }, bytes) {
        connection.#count += bytes.length;
        const text = bytes.toString("latin1");
        if (connection.#dropped === null) connection.#received += text;
        else connection.#dropped = (connection.#dropped + text).slice(-TAIL);
        connection.#look();
      },
      drain: ({ data: connection }) => connection.#flush(),
      close({ data: connection }, error) {
        // The second argument is set where the other end sent RST (Bun 1.4.5).
        connection.#ending = error === undefined ? "ended" : "reset";
        connection.#close(connection.#ending);
        connection.#look();
        connection.#flush();
      },
      error() {},
    };
  }

  /** What came and was not taken yet. */
  get received(): string {
    return this.#received;
  }

  /** Bytes that came, those that were dropped included. */
  get count(): number {
    return this.#count;
  }

  /** Waits until the reader finds something, and takes that from what was received. Rejects if the connection ends first. */
  async take<T>(reader: Reader<T>, patience?: number): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const look = () => {
      const found = reader(this.#received, this.#ending);
      if (found !== null) {
        this.#received = this.#received.slice(found.length);
        resolve(found.value);
      } else if (this.#ending !== null) {
        reject(new Error(`the connection ${this.#ending} after ${this.#shown()}`));
      } else this.#looks.push(look);
    };
    look();
    return await patiently(promise, () => `nothing more came after ${this.#shown()}`, patience);
  }

  /** Waits until what was received, and not taken, contains this. */
  async sees(text: string, patience?: number): Promise<void> {
    const isThere = () => (this.#dropped ?? this.#received).includes(text);
    await this.take(() => (isThere() ? { value: undefined, length: 0 } : null), patience);
  }

  /** Waits until so many bytes came in all. */
  async counts(bytes: number, patience?: number): Promise<void> {
    await this.take(() => (this.#count >= bytes ? { value: undefined, length: 0 } : null), patience);
  }

  write(bytes: string): void {
    this.#unsent = Buffer.concat([this.#unsent, Buffer.from(bytes, "latin1")]);
    this.#flush();
  }

  /** Writes this so many times, as fast as the other end takes it. Returns false if the connection ends first. */
  async repeat(bytes: string, times: number): Promise<boolean> {
    const chunk = Buffer.from(bytes, "latin1");
    for (let left = times; left > 0 && this.#ending === null; left -= 1) {
      this.#unsent = chunk;
      this.#flush();
      if (this.#unsent.length > 0) await new Promise<void>((resolve) => this.#drained.push(resolve));
    }
    return this.#ending === null;
  }

  /** Counts what comes from now on, and takes none of it; `sees` looks at its last few bytes. */
  drop(): void {
    this.#dropped = "";
  }

  /** Stops reading, so that the other end has to wait. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Closes with FIN. */
  end(): void {
    this.#socket.end();
  }

  /** Closes with RST. */
  reset(): void {
    this.#socket.terminate();
  }

  #shown(): string {
    return `${this.#count} bytes, the last of them ${JSON.stringify((this.#dropped ?? this.#received).slice(-500))}`;
  }

  #look(): void {
    const looks = this.#looks;
    this.#looks = [];
    for (const look of looks) look();
  }

  #flush(): void {
    if (this.#unsent.length > 0 && this.#ending === null) {
      this.#unsent = this.#unsent.subarray(Math.max(0, this.#socket.write(this.#unsent)));
    }
    if (this.#unsent.length > 0 && this.#ending === null) return;
    const drained = this.#drained;
    this.#drained = [];
    for (const resolve of drained) resolve();
  }
}

/** Connects to a loopback port, or to a Unix socket. */
export async function rawClient(at: number | string): Promise<RawConnection> {
  const { promise, resolve } = Promise.withResolvers<RawConnection>();
  const socket = RawConnection.handlers(resolve);
  await (typeof at === "string"
    ? Bun.connect({ unix: at, socket })
    : Bun.connect({ hostname: "127.0.0.1", port: at, socket }));
  return await promise;
}
