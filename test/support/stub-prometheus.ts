import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { addressOf } from './address-of.ts';

/** A request as the stub saw it. */
export interface SeenQuery {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  /** From the body or the address. */
  form: URLSearchParams;
}

/** What to answer: a JSON body, or text or bytes as they are; null never answers. */
export interface StubAnswer {
  status?: number;
  body: unknown;
  headers?: Record<string, string>;
  /** The connection breaks after this many characters of the body. */
  cutAt?: number;
}

export interface StubPrometheus {
  url: string;
  seen: SeenQuery[];
  /** The most requests that were open at once. */
  widest(): number;
  close(): Promise<void>;
}

/** An HTTP server that gives the answers a real store gives only on its bad days. */
export async function stubPrometheus(
  answer: (query: SeenQuery, index: number) => StubAnswer | null | Promise<StubAnswer | null>,
  serve: (listener: RequestListener) => Server = createServer,
): Promise<StubPrometheus> {
  const seen: SeenQuery[] = [];
  let open = 0;
  let widest = 0;
  const listen: RequestListener = (request, response) => {
    open += 1;
    widest = Math.max(widest, open);
    response.on('close', () => (open -= 1));
    void (async () => {
      const query = await readQuery(request);
      const given = await answer(query, seen.push(query) - 1);
      if (given === null) return;
      const text =
        typeof given.body === 'string' || Buffer.isBuffer(given.body)
          ? given.body
          : JSON.stringify(given.body);
      const type = typeof given.body === 'string' ? 'text/html' : 'application/json';
      response.writeHead(given.status ?? 200, { 'content-type': type, ...given.headers });
      if (given.cutAt === undefined) return void response.end(text);
      response.write(text.slice(0, given.cutAt), () => response.destroy());
    })();
  };
  const server = serve(listen);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const scheme = 'setSecureContext' in server ? 'https' : 'http';
  return {
    url: `${scheme}://127.0.0.1:${addressOf(server).port}`,
    seen,
    widest: () => widest,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

async function readQuery(request: IncomingMessage): Promise<SeenQuery> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://stub');
  const body = new URLSearchParams(Buffer.concat(parts).toString());
  for (const [name, value] of searchParams) body.append(name, value);
  const { method = '', headers } = request;
  return { method, path: pathname, headers, form: body };
}

/** The body of a successful answer. */
export function answered(result: unknown[], more: Record<string, unknown> = {}): StubAnswer {
  const resultType = result.some((row) => Object.hasOwn(row as object, 'values'))
    ? 'matrix'
    : 'vector';
  return { body: { status: 'success', data: { resultType, result }, ...more } };
}

export function refused(status: number, errorType: string, error: string): StubAnswer {
  return { status, body: { status: 'error', errorType, error } };
}
