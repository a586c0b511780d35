import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../market/index.ts';
import { writePrivateFile } from '../settings/file-secret-store.ts';

const COOKIE_NAME = 'tapedeck_session';
/** A browser has one cookie of a name for all ports of a machine: it holds the sessions of every TapeDeck there. */
const SESSION_SEPARATOR = '~';
const MAX_SESSIONS_OF_COOKIE = 8;

const LINK_LIFE_MS = 60_000;
const SESSION_LIFE_MS = 30 * 86_400_000;
const MAX_SESSIONS = 200;
const MAX_LINKS = 20;

/** Who may ask: programs by the bearer token, browsers by a cookie that a one-use link was exchanged for. */
export class AccessControl {
  readonly #tokenHash: Buffer;
  readonly #clock: Clock;
  /** By hash of the code. */
  readonly #links = new Map<string, number>();
  readonly #sessions = new Map<string, number>();

  constructor(token: string, clock: Clock) {
    this.#tokenHash = hash(token);
    this.#clock = clock;
  }

  /** `authorization` is the header's whole value. */
  isBearer(authorization: string | undefined): boolean {
    const given = /^Bearer ([\x21-\x7e]+)$/i.exec(authorization ?? '')?.[1];
    return given !== undefined && timingSafeEqual(hash(given), this.#tokenHash);
  }

  /** `cookies` is the header's whole value. */
  isSession(cookies: string | undefined): boolean {
    return sessionsIn(cookies).some((value) => {
      const untilMs = this.#sessions.get(hash(value).toString('base64'));
      return untilMs !== undefined && this.#clock.now() < untilMs;
    });
  }

  /** A code that opens one session within 60 seconds. */
  newLinkCode(): string {
    const code = randomBytes(24).toString('base64url');
    addBounded(this.#links, hash(code).toString('base64'), this.#clock.now() + LINK_LIFE_MS, MAX_LINKS);
    return code;
  }

  /** The session, or null for a code that is wrong, old or was used before. */
  redeem(code: string): string | null {
    const key = hash(code).toString('base64');
    const untilMs = this.#links.get(key);
    this.#links.delete(key);
    if (untilMs === undefined || this.#clock.now() >= untilMs) return null;
    const value = randomBytes(32).toString('base64url');
    const session = hash(value).toString('base64');
    addBounded(this.#sessions, session, this.#clock.now() + SESSION_LIFE_MS, MAX_SESSIONS);
    return value;
  }

  /** `cookies` is the whole value of the header that came with the request. */
  sessionCookie(value: string, isSecure: boolean, cookies: string | undefined): string {
    const sessions = [value, ...sessionsIn(cookies)].slice(0, MAX_SESSIONS_OF_COOKIE).join(SESSION_SEPARATOR);
    const attributes = `Path=/; HttpOnly; SameSite=Strict; Max-Age=${SESSION_LIFE_MS / 1000}`;
    return `${COOKIE_NAME}=${sessions}; ${attributes}${isSecure ? '; Secure' : ''}`;
  }
}

function tokenPath(dataDir: string): string {
  return join(dataDir, 'token');
}

/** The configured token, else the one of the data folder, made with mode 0600 on first use. */
export async function ownToken(configured: string | null, dataDir: string): Promise<string> {
  if (configured !== null) return configured;
  const saved = await savedToken(dataDir);
  if (saved !== null) return saved;
  const token = randomBytes(32).toString('base64url');
  writePrivateFile(tokenPath(dataDir), `${token}\n`);
  return token;
}

/** Null where no host ever ran on the folder. */
export async function savedToken(dataDir: string): Promise<string | null> {
  try {
    const token = (await readFile(tokenPath(dataDir), 'utf8')).trim();
    return token.length >= 16 ? token : null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** The oldest gives way, so that nobody can fill the memory by asking. */
function addBounded(kept: Map<string, number>, key: string, untilMs: number, maximum: number): void {
  kept.set(key, untilMs);
  const [oldest] = kept.keys();
  if (kept.size > maximum && oldest !== undefined) kept.delete(oldest);
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function sessionsIn(header: string | undefined): readonly string[] {
  const value = cookieValue(header, COOKIE_NAME) ?? '';
  return value.split(SESSION_SEPARATOR).filter((session) => /^[\w-]{43}$/.test(session));
}

function cookieValue(header: string | undefined, name: string): string | null {
  for (const part of (header ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return null;
}
