import { expect, test } from 'vitest';
import { seccompFilter } from '../../src/sandbox/seccomp-filter.ts';

/** A system call as seccomp(2) shows it. Arguments are the low 32 bits. */
type Call = { readonly audit: number; readonly call: number; readonly first?: number; readonly second?: number };

/** Runs a program of classic BPF. It knows the instructions of the filter alone. */
function run(program: Buffer, { audit, call, first = 0, second = 0 }: Call): number {
  const data: Record<number, number> = { 0: call, 4: audit, 16: first, 24: second };
  let accumulator = 0;
  for (let at = 0; at < program.length / 8; at += 1) {
    const value = program.readUInt32LE(at * 8 + 4);
    const code = program.readUInt16LE(at * 8);
    if (code === 0x06) return value;
    if (code === 0x20) accumulator = data[value]!;
    else if (code === 0x15 || code === 0x35) {
      const isTrue = code === 0x15 ? accumulator === value : accumulator >= value;
      at += program.readUInt8(at * 8 + (isTrue ? 2 : 3));
    } else throw new Error(`unknown instruction ${code}`);
  }
  throw new Error('the program has no end');
}

const [allow, notPermitted, noSuchCall, kill] = [0x7fff_0000, 0x0005_0001, 0x0005_0026, 0x8000_0000];
const [x64, ia32, arm64] = [0xc000_003e, 0x4000_0003, 0xc000_00b7];

test.each([
  ['a read', { audit: x64, call: 0 }, allow],
  ['an ioctl for the window size', { audit: x64, call: 16, second: 0x5413 }, allow],
  ['typing into the terminal', { audit: x64, call: 16, second: 0x5412 }, notPermitted],
  ['pasting into a console', { audit: x64, call: 16, second: 0x541c }, notPermitted],
  ['typing from a 32-bit program', { audit: ia32, call: 54, second: 0x5412 }, notPermitted],
  ['typing through the x32 ABI', { audit: x64, call: 0x4000_0202, second: 0x5412 }, noSuchCall],
  ['reading a key ring', { audit: x64, call: 250 }, notPermitted],
  ['a TCP socket', { audit: x64, call: 41, first: 2 }, allow],
  ['a socket to the host of a virtual machine', { audit: x64, call: 41, first: 40 }, notPermitted],
  ['another architecture', { audit: arm64, call: 0 }, kill],
] as const)('on x64: %s', (_, call, expected) => {
  expect(run(seccompFilter('x64')!, call)).toBe(expected);
});

test('other architectures have their own numbers, and unknown ones no filter', () => {
  expect(run(seccompFilter('arm64')!, { audit: arm64, call: 29, second: 0x5412 })).toBe(notPermitted);
  expect(run(seccompFilter('arm64')!, { audit: arm64, call: 16, second: 0x5412 })).toBe(allow);
  expect(seccompFilter('mips')).toBeUndefined();
});
