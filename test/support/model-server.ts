/** What a model server received. */
export interface ModelRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
}

/** A model server that speaks the two common APIs. Its model repeats the last message. It stops when it is disposed of. */
export interface ModelServer extends Disposable {
  readonly url: string;
  readonly requests: readonly ModelRequest[];
  /** Lets one more word of a streamed answer go. The first word of each needs no leave. */
  release(): void;
}

/**
 * Starts a model server on a free port of the loopback: `/v1/models` and `/v1/chat/completions` as OpenAI shapes them,
 * `/v1/messages` as Anthropic does. A streamed answer has an event for each word, and each word after the first waits
 * for `release`, so that a test can tell events that arrive as they are sent from events that arrive together.
 */
export function modelServer(): ModelServer {
  const requests: ModelRequest[] = [];
  const waiting: (() => void)[] = [];
  let released = 0;
  const leave = async () => {
    if (released > 0) released -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    development: false,
    async fetch(request) {
      const { pathname } = new URL(request.url);
      requests.push({ method: request.method, path: pathname, headers: request.headers });
      if (pathname === "/v1/models") return Response.json({ object: "list", data: [MODEL] });
      const shape = SHAPES[pathname];
      if (shape === undefined || request.method !== "POST") return new Response(null, { status: 404 });
      const { messages, stream } = (await request.json()) as Chat;
      const text = String(messages.at(-1)?.content);
      if (stream !== true) return Response.json(shape.whole(text));
      const events = paced(shape.events(text.split(/(?= )/)), leave);
      // Bun takes an async generator as content, and its types don't say so (Bun 1.4.5).
      return new Response(events as never, { headers: { "Content-Type": "text/event-stream" } });
    },
  });
  return {
    url: server.url.origin,
    requests,
    release() {
      const next = waiting.shift();
      if (next === undefined) released += 1;
      else next();
    },
    [Symbol.dispose]: () => void server.stop(true),
  };
}

interface Chat {
  readonly messages: readonly { readonly content: string }[];
  readonly stream?: boolean;
}

/** An event, and whether it carries a word. */
type Event = readonly [text: string, isWord: boolean];

interface Shape {
  whole(text: string): object;
  events(words: readonly string[]): Iterable<Event>;
}

async function* paced(events: Iterable<Event>, leave: () => Promise<void>) {
  let isFirst = true;
  for (const [text, isWord] of events) {
    if (isWord && !isFirst) await leave();
    if (isWord) isFirst = false;
    yield text;
  }
}

const MODEL = { id: "parrot", object: "model", created: 0, owned_by: "test" };

const CHAT = { id: "chatcmpl-1", created: 0, model: "parrot" };
const chunk = (delta: object, finish_reason: string | null = null) =>
  `data: ${JSON.stringify({ ...CHAT, object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason }] })}\n\n`;

const MESSAGE = { id: "msg_1", type: "message", role: "assistant", model: "parrot", stop_sequence: null };
const USAGE = { input_tokens: 1, output_tokens: 1 };
const event = (type: string, data: object) =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;

const SHAPES: Readonly<Record<string, Shape>> = {
  "/v1/chat/completions": {
    whole: (content) => ({
      ...CHAT,
      object: "chat.completion",
      choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
    }),
    *events(words) {
      for (const content of words) yield [chunk({ content }), true];
      yield [`${chunk({}, "stop")}data: [DONE]\n\n`, false];
    },
  },
  "/v1/messages": {
    whole: (text) => ({
      ...MESSAGE,
      content: [{ type: "text", text }],
      stop_reason: "end_turn",
      usage: USAGE,
    }),
    *events(words) {
      const message = { ...MESSAGE, content: [], stop_reason: null, usage: USAGE };
      yield [event("message_start", { message }), false];
      yield [event("content_block_start", { index: 0, content_block: { type: "text", text: "" } }), false];
      for (const text of words) {
        yield [event("content_block_delta", { index: 0, delta: { type: "text_delta", text } }), true];
      }
      yield [event("content_block_stop", { index: 0 }), false];
      const delta = { stop_reason: "end_turn", stop_sequence: null };
      yield [event("message_delta", { delta, usage: USAGE }), false];
      yield [event("message_stop", {}), false];
    },
  },
};
