import type { OpenAPIHono } from '@hono/zod-openapi';
import type { IncomingMessage } from 'node:http';
import type { Clock } from '../domain/time.ts';
import type { Caller, Services, Workspace } from '../services/api.ts';

/** What travels with one request. `caller` and `workspace` are set by `authenticate` before any `/v1` route. */
export interface AppEnv {
  Bindings: {
    incoming?: IncomingMessage;
    /** Aborted when the server closes, so that open streams end. */
    closing?: AbortSignal;
  };
  Variables: {
    requestId: string;
    caller: Caller;
    workspace: Workspace;
    /** Set when a cookie, not a key, says who asks. */
    sessionToken: string | undefined;
  };
}

export type App = OpenAPIHono<AppEnv>;

export interface AppOptions {
  /** The address the server is bound to; on loopback the Host header must be loopback too. */
  host: string;
  clock: Clock;
  /** Told of every failure that is not the caller's own. */
  onFailure?: (error: unknown, request: { id: string; method: string; path: string }) => void;
  /** How often a live page's revision is read, in milliseconds; at least 1,000 in production. */
  pollMilliseconds?: number;
}

/** What a file of routes may use. */
export interface Door {
  services: Services;
  options: AppOptions;
}
