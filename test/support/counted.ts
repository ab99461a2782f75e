import type { FetchHandler } from "../../src/http/handler.ts";

/** A handler that counts the requests it receives, and a promise of as many of them. */
export function counted(serve: FetchHandler) {
  let count = 0;
  const waiting: { readonly least: number; readonly resolve: () => void }[] = [];
  const counting: FetchHandler = (...exchange) => {
    count += 1;
    for (const { least, resolve } of waiting) if (count >= least) resolve();
    return serve(...exchange);
  };
  const received = async (least: number) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.push({ least, resolve });
    if (count < least) await promise;
  };
  return { serve: counting, received };
}
