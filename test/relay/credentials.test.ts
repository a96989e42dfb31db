import { expect, test } from 'vitest';
import { openCredentials } from '../../src/relay/credentials.ts';
import { Secret } from '../../src/secret.ts';

/** Opens credentials with tokens `t1`, `t2`, …: the first from `token`, the rest from `renewToken`. */
function openCounted(renew: (count: number) => Promise<Secret> = async (count) => new Secret(`t${count + 1}`)) {
  const counts = { token: 0, renew: 0 };
  const credentials = openCredentials({
    token: async () => {
      counts.token += 1;
      return new Secret('t1');
    },
    renewToken: async () => {
      counts.renew += 1;
      return renew(counts.renew);
    },
  });
  return { counts, credentials };
}

test('the first token is requested once', async () => {
  const { credentials, counts } = openCounted();
  await Promise.all([credentials.current(), credentials.current()]);
  await credentials.current();
  expect(counts).toEqual({ token: 1, renew: 0 });
});

test('a failed request for a token is repeated', async () => {
  let tries = 0;
  const credentials = openCredentials({
    token: async () => {
      tries += 1;
      if (tries === 1) throw new Error('not now');
      return new Secret('t1');
    },
    renewToken: async () => new Secret('t2'),
  });
  await expect(credentials.current()).rejects.toThrow('not now');
  expect((await credentials.current()).reveal()).toBe('t1');
});

test('concurrent rejections share one renewal, and a late one gets its token', async () => {
  const { credentials, counts } = openCounted();
  const first = await credentials.current();
  const renewed = await Promise.all([credentials.renew(first), credentials.renew(first), credentials.renew(first)]);
  expect(renewed.map((token) => token?.reveal())).toEqual(['t2', 't2', 't2']);
  expect((await credentials.renew(first))?.reveal()).toBe('t2');
  expect((await credentials.current()).reveal()).toBe('t2');
  expect(counts.renew).toBe(1);
});

test('a renewed token that expires is renewed again', async () => {
  const { credentials } = openCounted();
  const second = await credentials.renew(await credentials.current());
  expect((await credentials.renew(second!))?.reveal()).toBe('t3');
});

test('after a failed renewal, none is tried until reset', async () => {
  const { credentials, counts } = openCounted();
  const second = await credentials.renew(await credentials.current());
  credentials.markRenewalFailed();
  expect(await credentials.renew(second!)).toBeUndefined();
  credentials.reset();
  expect((await credentials.renew(second!))?.reveal()).toBe('t3');
  expect(counts.renew).toBe(2);
});

test('the same token does not count as a renewal', async () => {
  const { credentials } = openCounted(async () => new Secret('t1'));
  expect(await credentials.renew(await credentials.current())).toBeUndefined();
});

test('a failed renewal fails for all callers that wait for it', async () => {
  const { credentials } = openCounted(async () => Promise.reject(new Error('denied')));
  const first = await credentials.current();
  const results = await Promise.allSettled([credentials.renew(first), credentials.renew(first)]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});
