import { dlopen, ptr } from "bun:ffi";

/**
 * A loopback port that connects nobody, or only the first: its queue is never read and soon full, so Linux drops each
 * further SYN. Returns the port, and what closes it.
 */
export async function deafPort(connectsFirst = false): Promise<{ readonly port: number; close(): void }> {
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
    libc.listen(descriptor, 0),
    libc.getsockname(descriptor, ptr(address), ptr(size)),
  ].some((code) => code !== 0);
  if (failed) throw new Error("no port that connects nobody");
  const port = new DataView(address.buffer).getUint16(2);
  // A queue of 0 has room for one.
  const first = connectsFirst
    ? null
    : await Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } });
  return {
    port,
    close() {
      first?.terminate();
      libc.close(descriptor);
      library.close();
    },
  };
}

const AF_INET = 2;
const SOCK_STREAM = 1;
const SOCK_CLOEXEC = 0o2000000;
