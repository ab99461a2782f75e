import { dlopen, ptr } from "bun:ffi";

/** A loopback port that a test has taken. No other program can have it until it is given back. */
export interface TakenPort {
  readonly port: number;
  stop(): void;
}

/** Takes a port that refuses connections, because nothing listens there. */
export function refusingPort(): TakenPort {
  return takenPort(false);
}

/** Takes a port that connects nobody, or only the first: its queue is never read and soon full, so Linux drops each further SYN. */
export async function deafPort(connectsFirst = false): Promise<TakenPort> {
  const taken = takenPort(true);
  const { port } = taken;
  // A queue of 0 has room for one.
  const first = connectsFirst
    ? null
    : await Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } });
  return {
    port,
    stop() {
      first?.terminate();
      taken.stop();
    },
  };
}

/** Takes a port with a socket that nobody accepts connections from, or that does not listen at all. */
function takenPort(listens: boolean): TakenPort {
  const library = dlopen("libc.so.6", {
    socket: { args: ["int", "int", "int"], returns: "int" },
    bind: { args: ["int", "ptr", "int"], returns: "int" },
    listen: { args: ["int", "int"], returns: "int" },
    getsockname: { args: ["int", "ptr", "ptr"], returns: "int" },
    close: { args: ["int"], returns: "int" },
  });
  const libc = library.symbols;
  const address = new Uint8Array([AF_INET, 0, 0, 0, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
  const descriptor = libc.socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const size = new Uint32Array([address.length]);
  const failed = [
    libc.bind(descriptor, ptr(address), address.length),
    listens ? libc.listen(descriptor, 0) : 0,
    libc.getsockname(descriptor, ptr(address), ptr(size)),
  ].some((code) => code !== 0);
  if (failed) throw new Error("no port could be taken");
  return {
    port: new DataView(address.buffer).getUint16(2),
    stop() {
      libc.close(descriptor);
      library.close();
    },
  };
}

const AF_INET = 2;
const SOCK_STREAM = 1;
const SOCK_CLOEXEC = 0o2000000;
