import type { Context, Guard, Handler } from "./handler.ts";

/** Guards in the order in which a request passes them, still without the handler behind them. */
export interface Pipeline<C extends Context> {
  /**
   * Adds a guard. What it adds to the context is visible to everything after it, and only to that. A guard that is not
   * configured is null and costs nothing.
   */
  through<D extends C>(guard: Guard<C, D>): Pipeline<D>;
  through(guard: Guard<C> | null): Pipeline<C>;
  /** Ends the pipeline with a handler. The result is folded: a request costs one call for each guard. */
  to(handler: Handler<C>): Handler;
}

/** A pipeline with at most one guard, which meets each request first and sees every answer of the others. */
export function pipeline(outermost: Guard | null = null): Pipeline<Context> {
  return pipelineOf<Context>((handler) => handler).through(outermost);
}

function pipelineOf<C extends Context>(fold: (handler: Handler<C>) => Handler): Pipeline<C> {
  function through<D extends C>(guard: Guard<C, D>): Pipeline<D>;
  function through(guard: Guard<C> | null): Pipeline<C>;
  function through(guard: Guard<C> | null): Pipeline<C> {
    return guard === null
      ? pipelineOf(fold)
      : pipelineOf((next) => fold((request, context) => guard(request, context, next)));
  }
  return { through, to: fold };
}
