import type { ListenOptions } from "./listen-options.ts";

/** The server can't listen. The message is one sentence for the operator. */
export class ListenError extends Error {
  constructor(
    message: string,
    /** Another program listens there already. */
    readonly taken = false,
  ) {
    super(message);
  }
}

/** The ListenError for an error of the system. */
export function listenError(options: ListenOptions, fault: NodeJS.ErrnoException): ListenError {
  return new ListenError(listenText(options, fault), fault.code === "EADDRINUSE");
}

/** What is wrong and what to do, in one sentence that begins with a position in the config file and shows no key. */
export function listenText(options: ListenOptions, fault: NodeJS.ErrnoException): string {
  const { setting, at, host, port, unix } = options;
  // The certificate and key were checked with the config: only OpenSSL knows what is still wrong with them.
  if (fault.code?.startsWith("ERR_OSSL")) return `${at.tls}: ${setting}.tls can't be used: ${fault.message}`;
  if (unix !== null) return `${at.unix}: ${setting}.unix ${unix.path} ${unixText(fault)}`;
  switch (fault.code) {
    case "EADDRINUSE":
      return `${at.port}: ${setting}.port ${port} on ${host} is taken by another program; ${whoListens(port)}; stop it or set another port`;
    case "EACCES":
      return `${at.port}: ${setting}.port ${port} is not permitted to this user; set a port from 1024 on, or grant CAP_NET_BIND_SERVICE`;
    case "EADDRNOTAVAIL":
      return `${at.host}: ${setting}.host ${host} is not an address of this machine; set one of its own, or 0.0.0.0 for all`;
    case "EINVAL":
    case "EAGAIN":
    case "ENOTFOUND":
      return `${at.host}: ${setting}.host ${host} can't be resolved; set a name or an address of this machine`;
    default:
      return `${at.port}: ${setting}.port ${port} on ${host} can't be opened: ${fault.message}`;
  }
}

/** How to find the program that listens on a port. */
export function whoListens(port: number): string {
  return `ss -ltnp 'sport = :${port}' shows which`;
}

function unixText(fault: NodeJS.ErrnoException): string {
  switch (fault.code) {
    case "EEXIST":
    case "EADDRINUSE":
      // No command to find it: ss and lsof show the name a socket was bound to, which ours no longer has.
      return "is taken by another program; stop it or set another path";
    case "ENAMETOOLONG":
      return "is longer than 107 bytes, the maximum for a Unix socket; set a shorter path";
    case "ENOENT":
    case "ENOTDIR":
      return "can't be created: its folder doesn't exist; create it or set another path";
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return "can't be created: permission denied; let this user write to its folder or set another path";
    default:
      return `can't be opened: ${fault.message}`;
  }
}
