/**
 * The system calls that the filter knows, per architecture. `audit` is the kernel's number of the architecture
 * (`AUDIT_ARCH_*`), the others are numbers of system calls.
 */
type Calls = {
  readonly audit: number;
  readonly ioctl: number;
  readonly socket: number;
  /** `add_key`, `request_key`, `keyctl`. */
  readonly keys: readonly number[];
  /** Numbers from here on belong to a second ABI and are blocked. */
  readonly maxCall?: number;
};

const x64: Calls = { audit: 0xc000_003e, ioctl: 16, socket: 41, keys: [248, 249, 250], maxCall: 0x4000_0000 };
const ia32: Calls = { audit: 0x4000_0003, ioctl: 54, socket: 359, keys: [286, 287, 288] };
const arm64: Calls = { audit: 0xc000_00b7, ioctl: 29, socket: 198, keys: [217, 218, 219] };
const arm: Calls = { audit: 0x4000_0028, ioctl: 54, socket: 281, keys: [309, 310, 311] };
const riscv64: Calls = { audit: 0xc000_00f3, ioctl: 29, socket: 198, keys: [217, 218, 219] };

/** By Node's name of the architecture. A 64-bit kernel also runs 32-bit programs. */
const architectures: Readonly<Record<string, readonly Calls[]>> = {
  x64: [x64, ia32],
  ia32: [x64, ia32],
  arm64: [arm64, arm],
  arm: [arm64, arm],
  riscv64: [riscv64],
};

/** `TIOCSTI` types into the terminal, and `TIOCLINUX` pastes into a console. Both would run commands outside. */
const terminalInputs = [0x5412, 0x541c];
/** Sockets between a virtual machine and its host. No network namespace separates them. */
const vsock = 40;

const errno = (code: number) => 0x0005_0000 | code;
const results = { allow: 0x7fff_0000, kill: 0x8000_0000, notPermitted: errno(1), noSuchCall: errno(38) };
const offsets = { call: 0, architecture: 4, firstArgument: 16, secondArgument: 24 };

type Instruction = readonly [code: number, jumpTrue: number, jumpFalse: number, value: number];

const load = (offset: number): Instruction => [0x20, 0, 0, offset];
const end = (result: number): Instruction => [0x06, 0, 0, result];
/** Continues with `then` if the loaded value equals `value`, and otherwise skips it. */
const ifEqual = (value: number, then: readonly Instruction[]): Instruction[] => [
  [0x15, 0, then.length, value],
  ...then,
];
const ifAtLeast = (value: number, then: readonly Instruction[]): Instruction[] => [
  [0x35, 0, then.length, value],
  ...then,
];
const denyEach = (values: readonly number[]) => values.flatMap((value) => ifEqual(value, [end(results.notPermitted)]));

/**
 * Returns a program for seccomp(2) that blocks input into the terminal, the kernel's key rings, and sockets to a virtual
 * machine's host. Undefined for an architecture whose system calls are not listed here.
 */
export function seccompFilter(architecture: string): Buffer | undefined {
  const calls = architectures[architecture];
  if (calls === undefined) return undefined;
  const instructions = [load(offsets.architecture), ...calls.flatMap(blockFor), end(results.kill)];
  const program = Buffer.alloc(instructions.length * 8);
  for (const [index, [code, jumpTrue, jumpFalse, value]] of instructions.entries()) {
    program.writeUInt16LE(code, index * 8);
    program.writeUInt8(jumpTrue, index * 8 + 2);
    program.writeUInt8(jumpFalse, index * 8 + 3);
    program.writeUInt32LE(value >>> 0, index * 8 + 4);
  }
  return program;
}

function blockFor({ audit, ioctl, socket, keys, maxCall }: Calls): Instruction[] {
  return ifEqual(audit, [
    load(offsets.call),
    ...(maxCall === undefined ? [] : ifAtLeast(maxCall, [end(results.noSuchCall)])),
    ...denyEach(keys),
    ...ifEqual(ioctl, [load(offsets.secondArgument), ...denyEach(terminalInputs), end(results.allow)]),
    ...ifEqual(socket, [load(offsets.firstArgument), ...denyEach([vsock])]),
    end(results.allow),
  ]);
}
