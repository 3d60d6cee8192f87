import type { Finding, FindingAction, Page, ResourceWhole, Risk, Status } from '../domain/views.ts';

/** What the feed refused, in its own words. */
export class FeedError extends Error {
  readonly status: number;
  readonly nextStep: string;

  constructor(status: number, message: string, nextStep: string) {
    super(message);
    this.status = status;
    this.nextStep = nextStep;
  }
}

interface ProblemBody {
  detail?: string;
  nextStep?: string;
}

type Asked = Omit<RequestInit, 'headers'> & { headers?: Record<string, string> };

async function ask<T>(path: string, init?: Asked): Promise<T> {
  const reply = await fetch(path, {
    ...init,
    headers: { accept: 'application/json', ...init?.headers },
  });
  if (reply.ok) return (reply.status === 204 ? undefined : await reply.json()) as T;
  const problem = (await reply.json().catch(() => ({}))) as ProblemBody;
  throw new FeedError(
    reply.status,
    problem.detail ?? `The server answered ${reply.status}.`,
    problem.nextStep ?? 'Try again.',
  );
}

export const readStatus = () => ask<Status>('/v1/status');
export const readRisk = (cursor: string | null) =>
  ask<Page<Risk>>(
    `/v1/risk?limit=200${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
  );
export const readOpenFindings = () => ask<Page<Finding>>('/v1/findings?state=open&limit=500');

export function readClaim(
  claim: Pick<Risk, 'namespace' | 'name' | 'clusterId'>,
): Promise<ResourceWhole> {
  const path = [claim.namespace, claim.name].map(encodeURIComponent).join('/');
  return ask<ResourceWhole>(
    `/v1/resources/${path}?clusterId=${encodeURIComponent(claim.clusterId)}`,
  );
}

export function changeFinding(id: string, action: FindingAction, note: string): Promise<Finding> {
  return ask<Finding>(`/v1/findings/${encodeURIComponent(id)}/${action}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(note === '' ? {} : { note }),
  });
}

export const signOut = () => ask<undefined>('/v1/sign-out', { method: 'POST' });
