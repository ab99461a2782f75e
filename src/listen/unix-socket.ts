import { linkSync, lstatSync, renameSync, unlinkSync, type Stats } from "node:fs";
import { basename, dirname } from "node:path";
import type { ListenOptions } from "./listen-options.ts";
import { ListenError, listenError } from "./listen-error.ts";

/** The file of a Unix socket. It belongs to this server from the first `place` on. */
export interface SocketFile {
  /**
   * Listens with `listen` on a temporary path and moves the socket to its own, where it replaces an older one of ours
   * without a gap. Throws a ListenError if another program has the path.
   */
  place<Listening extends { stop(): unknown }>(listen: (path: string) => Listening): Listening;
  /** Removes the file if it is still ours. */
  remove(): void;
}

/**
 * Prepares the path of a Unix socket: it is free, or holds a socket that a dead program left behind, which is removed.
 * A file that is not a socket is never touched. Throws a ListenError.
 *
 * The server listens under a temporary name in the same folder, which is linked to the path and then removed: when a
 * server stops, Bun 1.4.5 removes the name it was given, even if the file there belongs to another program by then. This
 * way nobody can connect before the mode is set, and a renewed server takes over by a rename.
 */
export async function socketFile(
  options: ListenOptions,
  { path, mode }: NonNullable<ListenOptions["unix"]>,
): Promise<SocketFile> {
  if (Buffer.byteLength(path) > PATH_SIZE || temporaryName(path).endsWith("/.")) {
    throw faultOf(Object.assign(new Error(), { code: "ENAMETOOLONG" }));
  }
  await removeStale();
  let ours: Stats | null = null;

  return {
    place(listen) {
      const hidden = temporaryName(path);
      const server = withMode(mode, () => listen(hidden));
      try {
        if (isOurs()) {
          renameSync(hidden, path);
        } else {
          linkSync(hidden, path);
          unlinkSync(hidden);
        }
      } catch (fault) {
        void server.stop();
        throw faultOf(fault as NodeJS.ErrnoException);
      }
      ours = lstatSync(path);
      return server;
    },
    remove() {
      if (isOurs()) unlinkSync(path);
    },
  };

  /** A socket that is listened on keeps its inode, so no other file can have it. */
  function isOurs(): boolean {
    const there = lstatSync(path, { throwIfNoEntry: false });
    return ours !== null && there?.ino === ours.ino && there.dev === ours.dev;
  }

  async function removeStale(): Promise<void> {
    let found: Stats | undefined;
    try {
      found = lstatSync(path, { throwIfNoEntry: false });
    } catch (fault) {
      throw faultOf(fault as NodeJS.ErrnoException);
    }
    if (found === undefined) return;
    if (!found.isSocket()) {
      throw new ListenError(
        `${options.at.unix}: ${options.setting}.unix ${path} exists and is not a socket; move it away or set another path`,
      );
    }
    if (await isAnswered(path)) throw faultOf(Object.assign(new Error(), { code: "EADDRINUSE" }));
    // Moved away before it is removed: another program may have taken the path since it was probed.
    const aside = temporaryName(path);
    try {
      renameSync(path, aside);
      const answered = await isAnswered(aside);
      if (answered) linkSync(aside, path);
      unlinkSync(aside);
      if (answered) throw Object.assign(new Error(), { code: "EADDRINUSE" });
    } catch (fault) {
      // Another program has removed it, and may take the path before us.
      if ((fault as NodeJS.ErrnoException).code !== "ENOENT") throw faultOf(fault as NodeJS.ErrnoException);
    }
  }

  function faultOf(fault: NodeJS.ErrnoException): ListenError {
    return listenError(options, fault);
  }
}

/** Only a refused connection means that nobody listens: any other error, such as a full queue, means that somebody does. */
async function isAnswered(path: string): Promise<boolean> {
  try {
    const socket = await Bun.connect({ unix: path, socket: { data() {} } });
    socket.terminate();
    return true;
  } catch (fault) {
    return !["ECONNREFUSED", "ENOENT"].includes((fault as NodeJS.ErrnoException).code ?? "");
  }
}

/** Sets the mode when the socket is created: between bind and chmod anyone could connect. */
function withMode<T>(mode: number, make: () => T): T {
  const before = process.umask(0o777 & ~mode);
  try {
    return make();
  } finally {
    process.umask(before);
  }
}

/** A free name in the same folder, short enough for a path that is nearly as long as it may be. */
function temporaryName(path: string): string {
  const room = PATH_SIZE - Buffer.byteLength(path) + Buffer.byteLength(basename(path));
  return `${dirname(path)}/.${crypto.randomUUID().slice(0, Math.min(room - 1, TEMPORARY_SIZE))}`;
}

/** Bytes of a path that Linux has room for: it would cut off the rest. */
const PATH_SIZE = 107;
const TEMPORARY_SIZE = 13;
