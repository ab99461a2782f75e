import { watch } from "node:fs";

/** Waits until a change in a folder makes this true. */
export async function untilChanged(folder: string, isTrue: () => boolean): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const look = () => {
    try {
      if (isTrue()) resolve();
    } catch (fault) {
      reject(fault);
    }
  };
  const watcher = watch(folder, look);
  look();
  await promise.finally(() => watcher.close());
}
