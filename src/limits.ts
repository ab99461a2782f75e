/**
 * Every bound that is neither a setting nor part of a grammar, in one place. Sizes are bytes and times milliseconds
 * unless the name says otherwise. Connections are bounded by the file descriptors that the process may have; an idle one
 * takes 1.4 KB.
 */
export const LIMITS = {
  /** Seconds from the start of a request to the first byte of its answer, and of silence between two requests. */
  idleSeconds: 60,
  /** Seconds between two looks of Bun at idle times, and the longest that it can have (Bun 1.4.5). */
  idleTick: 4,
  maxIdleSeconds: 255,
  /** Seconds of silence after an answer without a user. */
  unauthenticatedIdleSeconds: 8,
  /** Requests in one turn of the event loop before clients that pipeline without a user lose their connection. */
  turnRequests: 512,
  /** Time that a turn of the event loop may take before they do. */
  turnTime: 8,
  /** Answers that may wait for HTTP/2 clients before refusals lose their content; a connection has at most 256. */
  waitingAnswers: 1_024,
  /** How often the open file descriptors are counted. */
  descriptorInterval: 200,
  /** Share of open file descriptors above which connections without a user or to an upstream close with their answer. */
  descriptorsShort: 0.75,
  /** Share below which they stay open again. */
  descriptorsEnough: 0.6,
  /** How often deadlines are checked. */
  deadlineInterval: 50,
  /** The maximum age of a connection to an upstream. A new one looks up the name again. */
  upstreamMaxAge: 60_000,
  /** How long a connection to an upstream may be idle: many servers close it after 60 s or 75 s. */
  upstreamIdle: 55_000,
  /** How often connections that were idle for longer, or all idle ones while descriptors are short, are closed. */
  upstreamSweepInterval: 1_000,
  /** How long a connection may have been idle for a request that can't be retried: some servers close it after 2 to 5 s. */
  upstreamFresh: 1_500,
  /** How long a request to an upstream takes before its client and its token are watched: most have ended by then. */
  watchDelay: 200,
  /** Size of the head of an answer from an upstream. */
  answerHead: 64 * 1024,
  /** Fields of such a head. */
  answerFields: 256,
  /** Informational answers before the final one. */
  informationalAnswers: 16,
  /** Share of `max_upstream_requests` that requests without a user may take. */
  openUpstreamShare: 0.75,
  /** Content of an upstream's answer that is buffered, so that it keeps its length. */
  bufferedAnswer: 1024 * 1024,
  /** Content of an answer that is always buffered, and of a chunk of an upload that is written in one call with its size. */
  smallContent: 16 * 1024,
  /** Seconds that an answer may pause unless its route has an `idle_timeout`. */
  answerPause: 120,
  /**
   * How long an upstream without a `timeout` may read nothing of a request: while an upload is paused, Bun 1.4.5 does not
   * notice that its client has left.
   */
  uploadStall: 120_000,
  /** Content queued for a client above which its upstream is paused, besides one read of up to 512 KB. */
  answerQueue: 64 * 1024,
  /** Size from which the memory of a piece of content is freed as soon as it was sent. */
  freedPiece: 64 * 1024,
  /** Names of header fields whose spelling is cached, for each route. */
  headerNames: 1_000,
  /** How long the first event of a stream may take before a comment is sent instead. */
  eventStreamDelay: 10,
  /** How long `init` waits for an upstream to accept a connection. */
  initTimeout: 1_000,
  /** What `hash` reads: the header that carries a token is shorter (16,348 bytes, Bun 1.4.5). */
  tokenInput: 16 * 1024,
  /** Scopes, and networks, that a token may be given. Identity headers list the scopes. */
  tokenList: 32,
  /** Characters of a scope that a token is given. */
  scopeLength: 64,
  /** What `token import` reads: a million tokens are about 60 MB. */
  importSize: 256 * 1024 * 1024,
  /** Bad lines after which `token import` reads no further. */
  importProblems: 100_000,
  /** Weak tokens that `token import` warns of one by one. */
  importWarnings: 10,
  /** Columns of a name or a list of scopes in a table on a terminal. */
  tableText: 32,
  /** How long `healthcheck` waits for an answer. */
  healthTimeout: 2_500,
  /** How often a server looks for changes in a store in a file. */
  storeInterval: 100,
  /** Additional looks per second, at unknown tokens. */
  storeLooks: 1_000,
  /** Of these, how many may follow each other without a pause. */
  storeLooksBurst: 16,
  /** Records that are read from a store in one turn of the event loop. */
  storePart: 10_000,
  /** Last uses that are written to a store in one turn of the event loop. */
  storeUses: 500,
  /** How long work is retried while another program keeps the store locked. */
  storeLockTimeout: 10_000,
  /** Pause before a retry. */
  storeLockPause: 5,
  /** How often a store on another machine is asked for changes, besides those that it announces. */
  storeHeartbeat: 500,
  /** How long it may take to answer; an outage is noticed within this and the heartbeat. */
  storeAnswerTimeout: 1_250,
  /** How long it may take to accept a connection and to answer its first queries. */
  storeConnectTimeout: 1_500,
  /** The same after attempts that took too long, for a network that is slow. */
  storeSlowTimeout: 3_000,
  /** How long reading one part of the records may take before the store counts as connected. */
  storeLoadTimeout: 10_000,
  /** How long making the tables of a store may take, and changing those of an older version. */
  storeMigrationTimeout: 60_000,
  /** Pause before a connection is tried again, doubled each time. */
  storeRetryPause: 50,
  /** The longest such pause. */
  storeMaxRetryPause: 500,
  /** Changes that are read again over a new connection: a server that took over may not have the last ones. */
  storeOverlap: 1_000,
  /** How long a query of a command may take; half of it for a lock that another program has. */
  storeQueryTimeout: 20_000,
  /** Memory for pages of a SQLite store that a command writes to: a million new tokens take half the time of Bun's 2 MB. */
  storeCache: 64 * 1024 * 1024,
  /** Size to which the log of a SQLite store is cut after a large write. */
  storeLog: 64 * 1024 * 1024,
  /** How often the state of a store is checked, to log that it is away or back. */
  storeWatchInterval: 200,
  /** How often last uses are written to their store. */
  lastUseInterval: 60_000,
  /** How long that may take when the server stops. */
  lastUseDeadline: 1_000,
  /** How often the tokens of open answers are judged again; they are judged after each change too. */
  openAnswerInterval: 250,
  /** Minimum pause between two of these judgements. */
  openAnswerPause: 50,
  /** How long before a token expires a warning is logged: 14 days. */
  tokenNotice: 14 * 24 * 3_600_000,
  /** How often the server looks for tokens that expire soon. */
  tokenNoticeInterval: 60_000,
  /** How often the warning of one token is repeated: once a day. */
  tokenNoticeRepeat: 24 * 3_600_000,
  /** Tokens that are named at a time; the others are counted. */
  tokenNotices: 20,
  /** How old the counts of tokens in the metrics may be: counting a million takes 20 ms. */
  tokenCountAge: 1_000,
  /** How often watched files are checked. */
  watchInterval: 1_000,
  /** How long clients are asked to reconnect after a certificate was renewed. */
  renewGrace: 1_000,
  /** How long before a certificate expires a warning is logged: 14 days. */
  certificateNotice: 14 * 24 * 3_600_000,
  /** How long connections with the old certificate may last after that, requests in flight included. */
  renewDeadline: 60_000,
  /** How long writing the last log lines may take at the end. */
  logCloseDeadline: 1_000,
  /** The same after a second signal, which ends the server at once. */
  logCutDeadline: 100,
  /** Log text that may wait for a slow reader, besides the write in progress; further lines are dropped and counted. */
  logBacklog: 4 * 1024 * 1024,
  /** Log text in one write. */
  logBatch: 256 * 1024,
  /** How long a log line may wait for others to be written with it. */
  logDelay: 100,
  /** Characters of a path, a reason or a fault that a log line shows. */
  logText: 512,
  /** Reasons of refusals without a log line of their own that are told apart; beyond that, codes are. */
  logReasons: 32,
  /** Client addresses counted at a time for refusals without a log line of their own, for each reason. */
  logClientsCounted: 64,
  /** Of these, the addresses that the log shows. */
  logClients: 3,
  /** Routes with metrics of their own, the first that are requested; the others share one. */
  metricRoutes: 100,
  /** Users with metrics of their own, the first that come; the others share one. */
  metricUsers: 100,
  /** Size of config.json: a million tokens are about 50 MB. */
  configSize: 256 * 1024 * 1024,
  /** Size of a file that one setting is read from, as `{"file": "PATH"}` names it. */
  secretSize: 64 * 1024,
  /** Size of a file of certificates or a key: the certificates of all public authorities are about 220 KB. */
  pemSize: 1024 * 1024,
  /** Headers that a proxy route sets, besides up to 198 of a client (Bun 1.4.5). */
  setHeaders: 32,
  /** Characters of a header that a proxy route sets: many servers refuse heads over 8 KB. */
  headerValue: 4 * 1024,
  /** Levels of nesting in config.json. */
  configDepth: 32,
  /** Problems shown of one config.json; the rest are counted. */
  configProblems: 50,
  /** Routes that a problem with the path of a route lists. */
  routesShown: 10,
  /** Characters shown of a config value or of a line that is not JSON. */
  configExcerpt: 72,
  /**
   * Declared content beyond request_max_size that is still read, and discarded, so that a client that sends all before
   * it reads learns why it was refused. 16 MB take 3 ms and no memory (Bun 1.4.5).
   */
  discardedContent: 16 * 1024 * 1024,
  /** Size of one WebSocket message, its fragments together. */
  socketMessage: 16 * 1024 * 1024,
  /** What may wait for one side of a WebSocket, besides the message that crosses this, before the other side is paused. */
  socketWaiting: 1024 * 1024,
  /**
   * How long an upstream may read nothing of what waits for it. While the client's WebSocket is paused, Bun 1.4.5 does not
   * notice that the client has gone.
   */
  socketStall: 60_000,
  /** How long the upstream may take to answer the close of its WebSocket. */
  socketClose: 5_000,
  /**
   * Seconds without traffic after which the client of a WebSocket is disconnected; Bun 1.4.5 sends a ping 16 s before. Many
   * proxies close what is idle for 60 s.
   */
  socketIdleSeconds: 60,
  /** Pings of an upstream that may wait for their answer. */
  socketPings: 16,
  /** Content of the answer with which an upstream refuses a WebSocket; the rest is cut off. */
  socketRefusalSize: 64 * 1024,
  /** How long that content may take. */
  socketRefusalTime: 5_000,
  /**
   * Bun's own limit of content, far above every setting: its 413 has no content and would come before ours. Bun refuses
   * declared lengths of 2^59 and more with 400 either way (Bun 1.4.5).
   */
  bunBodySize: 2 ** 60,
} as const;
