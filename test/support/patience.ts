/** How long a test waits for what must come: far longer than it takes on a slow and busy machine. In milliseconds. */
export const PATIENCE_MS = 240_000;
