import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../secret.ts';

/** Authenticates the callers of the stack: they hold its secret, or a token derived from it. */
export type Authority = {
  /** Issues a token for the PyPI endpoint. `expiresAt` is in epoch milliseconds. */
  issueToken(expiresAt: number): string;
  /** Checks that a text is a token of this stack that has not expired. */
  isToken(text: string, now: number): boolean;
  /** Checks that the access key ID of an `Authorization` header (AWS Signature Version 4) is the secret. */
  isSigned(authorization: string | undefined): boolean;
  /** Checks that a text is the secret. */
  isSecret(text: string): boolean;
  /** Returns a MAC of the text, which proves possession of the secret without sending it. */
  prove(text: string): string;
  /** Checks that `proof` is what `prove` returns for the text. */
  isProof(proof: string, text: string): boolean;
};

const tokenPrefix = 'awspip-local';

/** Returns the authority of a stack with this secret. */
export function authority(secret: Secret): Authority {
  const key = createHmac('sha256', secret.reveal()).update('repository tokens').digest();
  const macOf = (text: string): string => createHmac('sha256', key).update(text).digest('hex');
  // Comparing MACs of both texts takes the same time for all texts.
  const isEqual = (left: string, right: string): boolean =>
    timingSafeEqual(Buffer.from(macOf(left), 'hex'), Buffer.from(macOf(right), 'hex'));
  return {
    issueToken: (expiresAt) => `${tokenPrefix}.${expiresAt}.${macOf(`${expiresAt}`)}`,
    isToken: (text, now) => {
      const [prefix, expiresAt, mac, ...rest] = text.split('.');
      if (prefix !== tokenPrefix || rest.length > 0 || !expiresAt || !/^\d{1,15}$/.test(expiresAt) || !mac) {
        return false;
      }
      return isEqual(mac, macOf(expiresAt)) && Number(expiresAt) > now;
    },
    isSigned: (authorization) => {
      const match = /^AWS4-HMAC-SHA256 Credential=([A-Za-z0-9_]{1,128})\//.exec(authorization ?? '');
      return match?.[1] !== undefined && isEqual(match[1], secret.reveal());
    },
    isSecret: (text) => isEqual(text, secret.reveal()),
    prove: (text) => macOf(`proof ${text}`),
    isProof: (proof, text) => isEqual(proof, macOf(`proof ${text}`)),
  };
}

/** Returns the token of an `Authorization` header: that of `Bearer`, or the password of `Basic` with any user name. */
export function bearerOf(authorization: string | undefined): string | undefined {
  const [scheme, value] = (authorization ?? '').split(' ', 2);
  if (!value) return undefined;
  if (scheme?.toLowerCase() === 'bearer') return value;
  if (scheme?.toLowerCase() !== 'basic') return undefined;
  const decoded = Buffer.from(value, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  return colon < 0 ? undefined : decoded.slice(colon + 1);
}
