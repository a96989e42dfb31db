import { expect, test } from 'vitest';
import { openCredentials } from '../../src/relay/credentials.ts';
import { Secret } from '../../src/secret.ts';

/** Tokens `t1`, `t2`, …: the first from `token`, the rest from `renewToken`. */
function counted(renew: (count: number) => Promise<Secret> = async (count) => new Secret(`t${count + 1}`)) {
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

test('the token is asked for once', async () => {
  const { credentials, counts } = counted();
  await Promise.all([credentials.current(), credentials.current()]);
  await credentials.current();
  expect(counts).toEqual({ token: 1, renew: 0 });
});

test('a token that could not be had is asked for again', async () => {
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

test('many that were refused together share one renewal; a late one takes what that brought', async () => {
  const { credentials, counts } = counted();
  const old = await credentials.current();
  const renewed = await Promise.all([credentials.after(old), credentials.after(old), credentials.after(old)]);
  expect(renewed.map((token) => token?.reveal())).toEqual(['t2', 't2', 't2']);
  expect((await credentials.after(old))?.reveal()).toBe('t2');
  expect((await credentials.current()).reveal()).toBe('t2');
  expect(counts.renew).toBe(1);
});

test('a token that ends in its turn is renewed in its turn', async () => {
  const { credentials } = counted();
  const second = await credentials.after(await credentials.current());
  expect((await credentials.after(second!))?.reveal()).toBe('t3');
});

test('after a vain renewal nobody renews, until it is forgotten', async () => {
  const { credentials, counts } = counted();
  const second = await credentials.after(await credentials.current());
  credentials.renewedInVain();
  expect(await credentials.after(second!)).toBeUndefined();
  credentials.forget();
  expect((await credentials.after(second!))?.reveal()).toBe('t3');
  expect(counts.renew).toBe(2);
});

test('the same token again is no renewal', async () => {
  const { credentials } = counted(async () => new Secret('t1'));
  expect(await credentials.after(await credentials.current())).toBeUndefined();
});

test('a failed renewal is a failure for all who waited for it', async () => {
  const { credentials } = counted(async () => Promise.reject(new Error('denied')));
  const old = await credentials.current();
  const results = await Promise.allSettled([credentials.after(old), credentials.after(old)]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});
