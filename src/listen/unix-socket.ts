import { linkSync, lstatSync, renameSync, unlinkSync, type Stats } from "node:fs";
import { basename, dirname } from "node:path";
import type { ListenOptions } from "./listen-options.ts";
import { ListenError, listenError } from "./listen-error.ts";

/** The file of a Unix socket, ours from the first `place` on. */
export interface SocketFile {
  /**
   * Listens with `listen` on the path it is given and puts the socket in its place, where one of ours is taken
   * over without a moment in which there is none. Throws a ListenError where another program has the place.
   */
  place<Listening extends { stop(): unknown }>(listen: (path: string) => Listening): Listening;
  /** Removes the file, unless it is no longer ours. */
  remove(): void;
}

/**
 * Makes sure that a Unix socket can be had: nothing is there, or what a program left behind that is gone, which
 * is removed. What is no socket is never touched. Throws a ListenError.
 *
 * Bun 1.4.5 listens under another name in the same folder, which is linked to the path and then removed: when a
 * server stops Bun removes the name it was given, whoever's file that has become. It also lets nobody connect
 * before the mode is right, and a renewed server takes over by a rename.
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

  /** No other file can have its number: a socket that is listened on keeps it. */
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
    // Out of the way before it is removed: another program may have taken the place since it was asked.
    const aside = temporaryName(path);
    try {
      renameSync(path, aside);
      const answered = await isAnswered(aside);
      if (answered) linkSync(aside, path);
      unlinkSync(aside);
      if (answered) throw Object.assign(new Error(), { code: "EADDRINUSE" });
    } catch (fault) {
      // Another program has removed it, and will have the place before us, or not.
      if ((fault as NodeJS.ErrnoException).code !== "ENOENT") throw faultOf(fault as NodeJS.ErrnoException);
    }
  }

  function faultOf(fault: NodeJS.ErrnoException): ListenError {
    return listenError(options, fault);
  }
}

/** Only a refused connection tells that nobody listens: where it is not allowed, or the queue is full, somebody does. */
async function isAnswered(path: string): Promise<boolean> {
  try {
    const socket = await Bun.connect({ unix: path, socket: { data() {} } });
    socket.terminate();
    return true;
  } catch (fault) {
    return !["ECONNREFUSED", "ENOENT"].includes((fault as NodeJS.ErrnoException).code ?? "");
  }
}

/** A socket has its mode from the moment it is there: between bind and chmod anyone could connect. */
function withMode<T>(mode: number, make: () => T): T {
  const before = process.umask(0o777 & ~mode);
  try {
    return make();
  } finally {
    process.umask(before);
  }
}

/** A free name in the same folder, cut to what fits where the path has little room. */
function temporaryName(path: string): string {
  const room = PATH_SIZE - Buffer.byteLength(path) + Buffer.byteLength(basename(path));
  return `${dirname(path)}/.${crypto.randomUUID().slice(0, Math.min(room - 1, TEMPORARY_SIZE))}`;
}

/** What Linux has room for, in bytes: the end of a longer path would be cut off. */
const PATH_SIZE = 107;
const TEMPORARY_SIZE = 13;
