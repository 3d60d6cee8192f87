import {
  stubPrometheus,
  type SeenQuery,
  type StubAnswer,
  type StubPrometheus,
} from './stub-prometheus.ts';

/** What a query API says, as far as a test changes it. */
export interface QueryAnswer {
  status: string;
  data: { resultType: string; result: SeriesRow[] };
  warnings?: string[];
}

export interface SeriesRow {
  metric: Record<string, string>;
  value?: [number, string];
  values?: [number, string][];
}

/** Answers in place of the real store, which it may ask first. */
export type Spoil = (query: SeenQuery, ask: Ask) => StubAnswer | null | Promise<StubAnswer | null>;
/** The real answer of the store behind, or of another one. */
export type Ask = (url?: string) => Promise<StubAnswer>;

export interface HostileProxy extends StubPrometheus {
  /** Null: everything is passed on as it is. */
  spoil: Spoil | null;
}

/** Stands in front of a real metrics store, passes requests on and spoils what it is told to. */
export async function hostileProxy(behind: string): Promise<HostileProxy> {
  const proxy: { spoil: Spoil | null } = { spoil: null };
  const stub = await stubPrometheus((query) => {
    const ask: Ask = (url = behind) => pass(query, url);
    return proxy.spoil === null ? ask() : proxy.spoil(query, ask);
  });
  return Object.assign(proxy, stub);
}

async function pass({ method, path, form }: SeenQuery, url: string): Promise<StubAnswer> {
  const target = method === 'POST' ? `${url}${path}` : `${url}${path}?${form.toString()}`;
  const reply = await fetch(target, { method, ...(method === 'POST' && { body: form }) });
  const body = await reply.text();
  const headers = { 'content-type': reply.headers.get('content-type') ?? 'text/plain' };
  return { status: reply.status, headers, body };
}

/** The rows of every answer as the change makes them; an answer that is no success stays as it is. */
export function changed(
  change: (rows: SeriesRow[], query: SeenQuery) => SeriesRow[],
  more: Partial<QueryAnswer> = {},
): Spoil {
  return async (query, ask) => {
    const answer = await ask();
    if (answer.status !== 200 || !query.path.includes('/query')) return answer;
    const parsed = JSON.parse(String(answer.body)) as QueryAnswer;
    const result = change(parsed.data.result, query);
    return {
      ...answer,
      body: JSON.stringify({ ...parsed, data: { ...parsed.data, result }, ...more }),
    };
  };
}

/** The rows of two stores one after the other, as of a querier that does not deduplicate. */
export function unionWith(url: string): Spoil {
  return async (query, ask) => {
    const [own, other] = await Promise.all([ask(), ask(url)]);
    if (own.status !== 200 || other.status !== 200 || !query.path.includes('/query')) return own;
    const data = dataOf(own);
    data.result.push(...dataOf(other).result);
    return { ...own, body: JSON.stringify({ status: 'success', data }) };
  };
}

function dataOf({ body }: StubAnswer): QueryAnswer['data'] {
  return (JSON.parse(String(body)) as QueryAnswer).data;
}
