import { createHash, randomBytes } from 'node:crypto';
import { DAY_MS, HOUR_MS, type Clock } from '../domain/time.ts';
import type { Caller, SystemStore } from '../store/port.ts';
import type { SignIn } from './api.ts';

const LINK_LIFE_MS = HOUR_MS;
const SESSION_LIFE_MS = 30 * DAY_MS;

/** What is stored of a key, link or session: SHA-256, hex. The secret itself is shown once and kept nowhere. */
export function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

function newToken(prefix: string): string {
  return `${prefix}_${randomBytes(32).toString('base64url')}`;
}

export interface SignInService extends SignIn {
  /** A new API key in place of the caller's one of the same name; shown once. */
  createApiKey(caller: Caller, name: string): Promise<string>;
  /** Makes a key chosen elsewhere valid, e.g. `ADMIN_API_KEY`, in place of the one of the same name. */
  setApiKey(caller: Caller, name: string, key: string): Promise<void>;
}

export function createSignIn(store: SystemStore, clock: Clock): SignInService {
  return {
    byApiKey: (key) => store.findApiKey(hashOf(key)),
    bySession: (token) => store.findSession(hashOf(token), clock.now()),
    async spendLink(token) {
      const now = clock.now();
      const sessionToken = newToken('pls');
      const expiresAt = new Date(now.getTime() + SESSION_LIFE_MS);
      const session = { hash: hashOf(sessionToken), expiresAt };
      const caller = await store.useSignInLink(hashOf(token), session, now);
      return caller === null ? null : { sessionToken, expiresAt };
    },
    signOut: (token) => store.endSession(hashOf(token)),
    async createLink(caller) {
      const token = newToken('pll');
      const expiresAt = new Date(clock.now().getTime() + LINK_LIFE_MS);
      await store.saveSignInLink(caller.tenantId, {
        hash: hashOf(token),
        subject: caller.subject,
        expiresAt,
      });
      return { token, expiresAt };
    },
    async createApiKey(caller, name) {
      const key = newToken('plk');
      await saveKey(store, caller, name, key);
      return key;
    },
    setApiKey: (caller, name, key) => saveKey(store, caller, name, key),
  };
}

async function saveKey(store: SystemStore, caller: Caller, name: string, key: string) {
  const keyId = hashOf(`${caller.subject}\n${name}`).slice(0, 16);
  await store.saveApiKey(caller.tenantId, {
    keyId,
    name,
    hash: hashOf(key),
    subject: caller.subject,
  });
}
