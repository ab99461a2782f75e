/** The store can't be used, or refused a change. The message is for the person who runs a command or a server. */
export class StoreError extends Error {}
