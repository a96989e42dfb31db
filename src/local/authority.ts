import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../secret.ts';

/** Authenticates the callers of the stack: they hold its secret, or a token derived from it. */
export type Authority = {
  /** Issues a token for the PyPI endpoint of a domain. `expiresAt` is in epoch milliseconds. */
  issueToken(domain: string, expiresAt: number): string;
  /** Returns the domain of a token that this stack issued and that has not expired. */
  domainOfToken(text: string, now: number): string | undefined;
  /** Checks that the access key ID of an `Authorization` header (AWS Signature Version 4) is the secret. */
  isSigned(authorization: string | undefined): boolean;
  /** Checks that a text is the secret. */
  isSecret(text: string): boolean;
  /** Returns a MAC of the text, which proves possession of the secret without sending it. */
  prove(text: string): string;
  /** Checks that `proof` is what `prove` returns for the text. */
  isProof(proof: string, text: string): boolean;
  /** Encrypts a text, so that only a holder of the secret can read it. */
  seal(text: string): string;
  /** Decrypts a sealed text. Returns undefined if it was sealed with another secret, or changed. */
  unseal(sealed: string): string | undefined;
};

/** Compares two texts. Comparing digests of both takes the same time for all texts. */
function isEqual(left: string, right: string): boolean {
  return timingSafeEqual(digestOf(left), digestOf(right));
}

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();

const tokenPrefix = 'awspip-local';
const ivBytes = 12;
const tagBytes = 16;

/** Returns the authority of a stack with this secret. */
export function authority(secret: Secret): Authority {
  const key = createHmac('sha256', secret.reveal()).update('repository tokens').digest();
  const sealKey = createHmac('sha256', secret.reveal()).update('sealed configurations').digest();
  const macOf = (text: string): string => createHmac('sha256', key).update(text).digest('hex');
  return {
    issueToken: (domain, expiresAt) => `${tokenPrefix}.${domain}.${expiresAt}.${macOf(`${domain}.${expiresAt}`)}`,
    domainOfToken: (text, now) => {
      const [prefix, domain, expiresAt, mac, ...rest] = text.split('.');
      if (prefix !== tokenPrefix || rest.length > 0 || !domain || !expiresAt || !/^\d{1,15}$/.test(expiresAt) || !mac) {
        return undefined;
      }
      return isEqual(mac, macOf(`${domain}.${expiresAt}`)) && Number(expiresAt) > now ? domain : undefined;
    },
    isSigned: (authorization) => {
      const match = /^AWS4-HMAC-SHA256 Credential=([A-Za-z0-9_]{1,128})\//.exec(authorization ?? '');
      return match?.[1] !== undefined && isEqual(match[1], secret.reveal());
    },
    isSecret: (text) => isEqual(text, secret.reveal()),
    prove: (text) => macOf(`proof ${text}`),
    isProof: (proof, text) => isEqual(proof, macOf(`proof ${text}`)),
    seal: (text) => {
      const iv = randomBytes(ivBytes);
      const cipher = createCipheriv('aes-256-gcm', sealKey, iv);
      return Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64');
    },
    unseal: (sealed) => {
      const bytes = Buffer.from(sealed, 'base64');
      if (bytes.length < ivBytes + tagBytes) return undefined;
      const decipher = createDecipheriv('aes-256-gcm', sealKey, bytes.subarray(0, ivBytes));
      decipher.setAuthTag(bytes.subarray(-tagBytes));
      try {
        const text = decipher.update(bytes.subarray(ivBytes, -tagBytes));
        return Buffer.concat([text, decipher.final()]).toString('utf8');
      } catch {
        return undefined;
      }
    },
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
