import { expect, test } from 'vitest';
import { openPeerUser } from '../../src/relay/peer-user.ts';

const row = (local: number) =>
  `   1: 0100007F:${local.toString(16).toUpperCase().padStart(4, '0')} 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1000        0 9 1\n`;
const connection = (remotePort: number) => ({ localPort: 0x1f90, remotePort });

test('connections that open at the same time share a reading that begins after each of them', async () => {
  const open: number[] = [];
  let readings = 0;
  const userOf = openPeerUser(async (table) => {
    if (table.endsWith('6')) return '';
    readings += 1;
    const text = open.map(row).join('');
    await new Promise((resolve) => setImmediate(resolve));
    return text;
  });
  const ask = (port: number) => {
    open.push(port);
    return userOf(connection(port));
  };
  // The first reading begins before the other connections exist.
  expect(await Promise.all([4_001, 4_002, 4_003, 4_004].map(ask))).toEqual([1000, 1000, 1000, 1000]);
  expect(readings).toBe(2);
  expect(await userOf(connection(5_000))).toBeUndefined();
});
