import { expect, test } from 'vitest';
import { findUser, openPeerUser } from '../../src/relay/peer-user.ts';

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

test('the owner is that of the line with both ports, on loopback, also as an IPv6-mapped address', () => {
  const line = (remote: string, local: string, user: number) =>
    `  17: ${remote} ${local} 01 00000000:00000000 00:00000000 00000000 ${String(user).padStart(5)}        0 9 1\n`;
  const mapped = '0000000000000000FFFF0000';
  const table = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n',
    line('0100007F:1F90', '0100007F:0FA1', 1), // the other direction
    line('0100007F:0FA1', '0100007F:1F91', 2),
    line('0200A8C0:0FA1', '0100007F:1F90', 3),
    line(`${mapped}0100007F:0FA1`, `${mapped}0100007F:1F90`, 1004),
    line('0100007F:0FA2', '0100007F:1F90', 1005),
  ].join('');
  expect(findUser(table, connection(0x0fa1))).toBe(1004);
  expect(findUser(table, connection(0x0fa2))).toBe(1005);
  expect(findUser(table, connection(0x0fa3))).toBeUndefined();
});
