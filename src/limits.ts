/**
 * Every bound that no setting gives and no grammar, in one place: whoever asks "what is the most it may cost?" reads
 * this file. Sizes are bytes, times are milliseconds unless the name says otherwise. Connections are bounded by the
 * descriptors the system lets the process have; one that is idle takes 1.4 KB.
 */
export const LIMITS = {
  /** Seconds from the start of a request to the first byte of its answer, and of silence between requests. */
  idleSeconds: 60,
  /** The same seconds of silence after an answer without a user, whose connections are the first to go. */
  unauthenticatedIdleSeconds: 8,
  /** Requests in one turn of the event loop from which on clients that pipeline without a user lose their connection. */
  turnRequests: 512,
  /** The same for the time that a turn takes. */
  turnTime: 8,
  /** Answers that may wait for clients of HTTP/2 before refusals lose their content; a connection has at most 256. */
  waitingAnswers: 1_024,
  /** How often the open file descriptors are counted. */
  descriptorInterval: 200,
  /** The share of all file descriptors from which on connections without a user close with their answer. */
  descriptorsShort: 0.75,
  /** The share at which they no longer do. */
  descriptorsEnough: 0.6,
  /** How long `healthcheck` waits for an answer. */
  healthTimeout: 2_500,
  /** How often a watched file is looked at. */
  watchInterval: 1_000,
  /** How long clients of a renewed certificate's old connections are asked to open new ones. */
  renewGrace: 1_000,
  /** How long before the end of a certificate a warning comes: 14 days. */
  certificateNotice: 14 * 24 * 3_600_000,
  /** How long connections with the old certificate may take after that, requests in flight included. */
  renewDeadline: 60_000,
  /** How long the last log lines may take to leave at the end. */
  logCloseDeadline: 1_000,
  /** The same after a second signal, which ends the server at once. */
  logCutDeadline: 100,
  /** Log text waiting for a slow reader, besides the write under way; what comes on top is counted and lost. */
  logBacklog: 4 * 1024 * 1024,
  /** Log text that is handed to the system in one write. */
  logBatch: 256 * 1024,
  /** How long a log line may wait for company before it is written. */
  logDelay: 100,
  /** Characters of a path, a reason or a fault that a log line shows. */
  logText: 512,
  /** Client addresses that the log counts at a time for the refusals of a code without a line of their own. */
  logClientsCounted: 64,
  /** Addresses of these that it shows. */
  logClients: 3,
  /** Routes that the metrics count apart, the first that are asked for; all others are counted as one. */
  metricRoutes: 100,
  /** Users that the metrics count apart, the first that come; all others are counted as one. */
  metricUsers: 100,
  /** Size of config.json: a million tokens are about 50 MB. */
  configSize: 256 * 1024 * 1024,
  /** Size of a file that one setting is read from, as `{"file": "PATH"}` names it. */
  secretSize: 64 * 1024,
  /** Size of a file of certificates or a key: the certificates of all public authorities are about 220 KB. */
  pemSize: 1024 * 1024,
  /** Objects and lists within each other in config.json. */
  configDepth: 32,
  /** Problems shown of one config.json; the rest are counted. */
  configProblems: 50,
  /** Characters shown of a config value or of a line that is not JSON. */
  configExcerpt: 72,
  /**
   * Declared content over the limit that is still taken, and thrown away, so that whoever sends before it reads, and
   * keeps its connection, learns why it was refused. 16 MB cost 3 ms and no memory (Bun 1.4.5).
   */
  discardedContent: 16 * 1024 * 1024,
  /**
   * Bun's own limit of content: far above every setting, because its 413 has no content and would come before
   * ours. Declared lengths of 2^59 and more are refused by Bun's framing (400) either way (Bun 1.4.5).
   */
  bunBodySize: 2 ** 60,
} as const;
