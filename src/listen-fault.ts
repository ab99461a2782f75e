import type { ListenOptions } from "./config/config.ts";

/** Can't listen. The message is one sentence for the person who has to act. */
export class ListenFault extends Error {
  constructor(
    message: string,
    /** Somebody else listens there already. */
    readonly taken = false,
  ) {
    super(message);
  }
}

/** Throws a ListenFault where a port is none. A config is not refused for it: it ends as a port that is taken does. */
export function checkPort({ setting, port }: ListenOptions): void {
  if (port >= 0 && port <= 65535) return;
  throw new ListenFault(`${setting}.port ${port} is out of range: a port is a number from 0 to 65535.`);
}

/** The ListenFault of a fault of listening. */
export function listenFault(options: ListenOptions, fault: NodeJS.ErrnoException): ListenFault {
  return new ListenFault(listenText(options, fault), fault.code === "EADDRINUSE");
}

/** What to do about a fault of listening, in one sentence that names the setting and shows no key. */
export function listenText(options: ListenOptions, fault: NodeJS.ErrnoException): string {
  const { setting, host, port, unix } = options;
  // The config was checked with its files: what is left is what OpenSSL alone knows.
  if (fault.code?.startsWith("ERR_OSSL")) return `${setting}.tls can't be used: ${fault.message}`;
  if (unix !== null) return unixText(setting, unix.path, fault);
  switch (fault.code) {
    case "EADDRINUSE":
      return `Port ${port} on ${host} is taken by another program: stop it or set another ${setting}.port.`;
    case "EACCES":
      return `Port ${port} on ${host} is not open to this user: set a ${setting}.port from 1024 on, or grant the right to bind it.`;
    case "EADDRNOTAVAIL":
      return `The address ${host} is not one of this machine: set ${setting}.host to one of its own, or to 0.0.0.0 for all.`;
    case "EINVAL":
    case "EAGAIN":
    case "ENOTFOUND":
      return `The host ${host} can't be resolved: set ${setting}.host to a name or an address of this machine.`;
    default:
      return `Can't listen on ${host} port ${port}: ${fault.message}`;
  }
}

function unixText(setting: string, path: string, fault: NodeJS.ErrnoException): string {
  switch (fault.code) {
    case "EEXIST":
    case "EADDRINUSE":
      return `The Unix socket ${path} is taken by another program: stop it or set another ${setting}.unix.`;
    case "ENAMETOOLONG":
      return `The path of the Unix socket ${path} is longer than the 107 bytes there are: set a shorter ${setting}.unix.`;
    case "ENOENT":
    case "ENOTDIR":
      return `The folder of the Unix socket ${path} doesn't exist: create it or set another ${setting}.unix.`;
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return `This user can't make the Unix socket ${path}: let it write to that folder or set another ${setting}.unix.`;
    default:
      return `Can't listen on the Unix socket ${path}: ${fault.message}`;
  }
}
