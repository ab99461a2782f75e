import type { Context, Guard, Handler } from "./handler.ts";

/** Guards in the order in which a request meets them, waiting for the handler behind them. */
export interface Pipeline<C extends Context> {
  /**
   * Adds a guard. What it adds to the context is there for all that comes after it, and only for that. A guard
   * that is not configured is null, and not in the pipeline.
   */
  through<D extends C>(guard: Guard<C, D>): Pipeline<D>;
  through(guard: Guard<C> | null): Pipeline<C>;
  /** Ends the pipeline. What comes back is folded: a request costs one call per guard and nothing else. */
  to(handler: Handler<C>): Handler;
}

/** An empty pipeline. */
export function pipeline(): Pipeline<Context> {
  return grown((handler) => handler);
}

function grown<C extends Context>(fold: (handler: Handler<C>) => Handler): Pipeline<C> {
  function through<D extends C>(guard: Guard<C, D>): Pipeline<D>;
  function through(guard: Guard<C> | null): Pipeline<C>;
  function through(guard: Guard<C> | null): Pipeline<C> {
    return guard === null
      ? grown(fold)
      : grown((next) => fold((request, context) => guard(request, context, next)));
  }
  return { through, to: fold };
}
