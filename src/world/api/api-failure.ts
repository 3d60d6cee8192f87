import { qualifiedPlural, type WorldKind } from './kinds.ts';
import type { Json } from './world-object.ts';

/** An answer other than success: a Kubernetes Status, or plain text where a real server sends plain text. */
export class ApiFailure extends Error {
  readonly code: number;
  readonly body: Json | string;

  constructor(code: number, body: Json | string) {
    super(typeof body === 'string' ? body : String(body['message']));
    this.code = code;
    this.body = body;
  }
}

export function statusBody(code: number, reason: string, message: string, rest: Json = {}): Json {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    ...(reason !== '' && { reason }),
    ...rest,
    code,
  };
}

function failure(code: number, reason: string, message: string, details?: Json): ApiFailure {
  return new ApiFailure(code, statusBody(code, reason, message, details ? { details } : {}));
}

/** What a real server answers for a path, group or kind it does not have. */
export const pageNotFound = (): ApiFailure => new ApiFailure(404, '404 page not found\n');

const detailsOf = (kind: WorldKind, name: string): Json => ({
  ...(name !== '' && { name }),
  ...(kind.group !== '' && { group: kind.group }),
  kind: kind.plural,
});

export const notFound = (kind: WorldKind, name: string): ApiFailure =>
  failure(404, 'NotFound', `${qualifiedPlural(kind)} "${name}" not found`, detailsOf(kind, name));

export const alreadyExists = (kind: WorldKind, name: string): ApiFailure =>
  failure(
    409,
    'AlreadyExists',
    `${qualifiedPlural(kind)} "${name}" already exists`,
    detailsOf(kind, name),
  );

export const conflict = (kind: WorldKind, name: string): ApiFailure =>
  failure(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualifiedPlural(kind)} "${name}": the object has been modified; please apply your changes to the latest version and try again`,
    detailsOf(kind, name),
  );

export const invalid = (kind: WorldKind, name: string, problems: string[]): ApiFailure =>
  failure(
    422,
    'Invalid',
    `${kind.kind}${kind.group === '' ? '' : `.${kind.group}`} "${name}" is invalid: ${problems.join(', ')}`,
    { ...detailsOf(kind, name), kind: kind.kind },
  );

export const badRequest = (message: string): ApiFailure => failure(400, 'BadRequest', message);

export const unauthorized = (): ApiFailure => failure(401, 'Unauthorized', 'Unauthorized');

export const methodNotAllowed = (): ApiFailure =>
  failure(
    405,
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
    {},
  );

export const unsupportedMediaType = (): ApiFailure =>
  failure(
    415,
    'UnsupportedMediaType',
    'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json',
  );

export const malformedVersion = (value: string): ApiFailure =>
  failure(
    500,
    '',
    `resourceVersion: Invalid value: "${value}": strconv.ParseUint: parsing "${value}": invalid syntax`,
  );

export function forbidden(
  user: string,
  verb: string,
  kind: WorldKind,
  resource: string,
  namespace: string | null,
  name: string,
): ApiFailure {
  const scope = namespace === null ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const subject = name === '' ? qualifiedPlural(kind) : `${qualifiedPlural(kind)} "${name}"`;
  return failure(
    403,
    'Forbidden',
    `${subject} is forbidden: User "${user}" cannot ${verb} resource "${resource}" in API group "${kind.group}" ${scope}`,
    detailsOf(kind, name),
  );
}

export const forbiddenPath = (user: string, path: string): ApiFailure =>
  failure(403, 'Forbidden', `forbidden: User "${user}" cannot get path "${path}"`, {});

export const tooLargeVersion = (version: string, current: number): ApiFailure =>
  failure(504, 'Timeout', `Too large resource version: ${version}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });

/** `restart` goes on with the list, but inconsistently. */
export const expiredContinue = (restart: string): ApiFailure =>
  new ApiFailure(
    410,
    statusBody(
      410,
      'Expired',
      'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
      { metadata: { continue: restart } },
    ),
  );
