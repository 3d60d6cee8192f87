/** Exit codes are part of the interface: docs/reference/cli.md. */
export const EXIT = { ok: 0, failed: 1, usage: 2, findings: 3 } as const;
