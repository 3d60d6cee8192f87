import { SignJWT } from 'jose';
import type { Claims } from '../door.ts';

/** Signs a caller's claims as the token of one call. */
export type ClaimsSigner = (claims: Claims) => Promise<string>;

/** Longer than any call, short enough to be worthless in a log. */
const LIFETIME_SECONDS = 300;

/** HS256 with the project's JWT secret. No `iat`: a clock a little ahead of the server's would void the token. */
export function createClaimsSigner(secret: string): ClaimsSigner {
  const key = new TextEncoder().encode(secret);
  return (claims) =>
    new SignJWT({ ...claims, aud: 'authenticated' })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setExpirationTime(Math.floor(Date.now() / 1000) + LIFETIME_SECONDS)
      .sign(key);
}
