import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../secret.ts';

/** Who may call: holders of the secret, and of tokens made from it. */
export type Authority = {
  /** A token for the PyPI endpoint. `expiresAt` in epoch milliseconds. */
  issue(expiresAt: number): string;
  /** Whether a text is such a token and has not expired. */
  isToken(text: string, now: number): boolean;
  /** Whether an `Authorization` header is signed with the secret as access key id (AWS Signature Version 4). */
  isSigned(authorization: string | undefined): boolean;
  /** Whether a text is the secret itself. */
  isSecret(text: string): boolean;
  /** What only a holder of the secret can say of a text: shows who one is without showing the secret. */
  prove(text: string): string;
  isProof(proof: string, text: string): boolean;
};

const tokenPrefix = 'awspip-local';

export function authority(secret: Secret): Authority {
  const key = createHmac('sha256', secret.reveal()).update('repository tokens').digest();
  const seal = (text: string): string => createHmac('sha256', key).update(text).digest('hex');
  // Comparing digests takes the same time whatever the texts are.
  const same = (left: string, right: string): boolean =>
    timingSafeEqual(Buffer.from(seal(left), 'hex'), Buffer.from(seal(right), 'hex'));
  return {
    issue: (expiresAt) => `${tokenPrefix}.${expiresAt}.${seal(`${expiresAt}`)}`,
    isToken: (text, now) => {
      const [prefix, expiresAt, sealed, ...rest] = text.split('.');
      if (prefix !== tokenPrefix || rest.length > 0 || !expiresAt || !/^\d{1,15}$/.test(expiresAt) || !sealed) {
        return false;
      }
      return same(sealed, seal(expiresAt)) && Number(expiresAt) > now;
    },
    isSigned: (authorization) => {
      const match = /^AWS4-HMAC-SHA256 Credential=([A-Za-z0-9_]{1,128})\//.exec(authorization ?? '');
      return match?.[1] !== undefined && same(match[1], secret.reveal());
    },
    isSecret: (text) => same(text, secret.reveal()),
    prove: (text) => seal(`proof ${text}`),
    isProof: (proof, text) => same(proof, seal(`proof ${text}`)),
  };
}

/** The token or password in an `Authorization` header: `Bearer TOKEN`, or `Basic` with any user name. */
export function bearerOf(authorization: string | undefined): string | undefined {
  const [scheme, value] = (authorization ?? '').split(' ', 2);
  if (!value) return undefined;
  if (scheme?.toLowerCase() === 'bearer') return value;
  if (scheme?.toLowerCase() !== 'basic') return undefined;
  const decoded = Buffer.from(value, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  return colon < 0 ? undefined : decoded.slice(colon + 1);
}
