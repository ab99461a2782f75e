import { expect, test } from "bun:test";
import type { Exchange } from "../../src/http/exchange.ts";
import { OpenResponse, type Ending } from "../../src/http/open-response.ts";
import { openAnswers } from "../../src/server/open-answers.ts";
import { exchangeOf } from "../support/exchange.ts";

/** An answer in progress, which says when it is cut. */
class Answer extends OpenResponse {
  readonly #ending = Promise.withResolvers<Ending>();
  readonly ended = this.#ending.promise;

  cut(): void {
    this.#ending.resolve({ kind: "sent", sent: 0 });
  }
}

test("openAnswers() judges at once, and once more after a pause for changes in the meantime", async () => {
  let judged = 0;
  let reason: string | null = null;
  const second = Promise.withResolvers<void>();
  const answers = openAnswers(() => {
    judged += 1;
    if (judged === 2) second.resolve();
    return reason;
  });
  const [answer, exchange] = [new Answer(), exchangeOf({ user: "anna" })];
  answers.add(answer, exchange);
  answers.review();
  expect(judged).toBe(1);
  reason = "revoked";
  answers.review();
  answers.review();
  expect([judged, exchange.withdrawn]).toEqual([1, null]);
  await second.promise;
  expect(await answer.ended).toEqual({ kind: "sent", sent: 0 });
  expect([judged, exchange.withdrawn]).toEqual([2, "revoked"]);
});

test("openAnswers() judges no answer that has ended", async () => {
  const judged: Exchange[] = [];
  const answers = openAnswers((exchange) => (judged.push(exchange), null));
  const [answer, other] = [new Answer(), new Answer()];
  const [ended, open] = [exchangeOf(), exchangeOf()];
  answers.add(answer, ended);
  answers.add(other, open);
  answer.cut();
  await answer.ended;
  answers.review();
  expect(judged).toEqual([open]);
  other.cut();
});
