import type { TargetEnvironment } from './types.ts';

/** Returns the platform tags that an interpreter supports, in pip's order of preference. */
export function platformTags(environment: TargetEnvironment): readonly string[] {
  const { platform, target } = environment;
  if (target?.platforms !== undefined) return [...new Set(target.platforms.flatMap(tagsForPlatform))];
  if (platform.startsWith('linux_')) return linuxTags(platform.slice('linux_'.length), environment.libc);
  if (platform.startsWith('macosx_')) return [...macTags(macOf(environment))];
  return [platform];
}

/** Returns the tags that pip accepts for one `--platform` value. */
function tagsForPlatform(platform: string): readonly string[] {
  const [, kind = '', machine = ''] = /^(manylinux201[04])_(.+)$/.exec(platform) ?? [];
  if (kind === 'manylinux2010') return [platform, `manylinux1_${machine}`];
  if (kind === 'manylinux2014' && (machine === 'x86_64' || machine === 'i686')) {
    return [platform, `manylinux2010_${machine}`, `manylinux1_${machine}`];
  }
  const [, major, minor, mac = ''] = /^macosx_(\d{1,2})_(\d{1,2})_(\w+)$/.exec(platform) ?? [];
  return major === undefined ? [platform] : [...macTags({ major: Number(major), minor: Number(minor), machine: mac })];
}

const manylinuxMachines = new Set([
  ...['x86_64', 'i686', 'aarch64', 'armv7l', 'ppc64', 'ppc64le', 's390x', 'loongarch64', 'riscv64'],
]);
/** Names of PEP 513, 571 and 599, by glibc minor version. PEP 600 replaced them. */
const olderNames: Readonly<Record<string, string>> = { 17: 'manylinux2014', 12: 'manylinux2010', 5: 'manylinux1' };
const maxLibcMinor = 200;

function linuxTags(machine: string, libc: TargetEnvironment['libc']): readonly string[] {
  const machines = machine === 'armv8l' ? ['armv8l', 'armv7l'] : [machine];
  const [, major = '', minor = ''] = /^(\d)\.(\d{1,3})/.exec(libc?.version ?? '') ?? [];
  const listPortableTags = libc?.name === 'musl' ? musllinuxTags : manylinuxTags;
  const portable =
    major === ''
      ? []
      : machines.flatMap((linuxMachine) =>
          listPortableTags(linuxMachine, Number(major), Math.min(Number(minor), maxLibcMinor)),
        );
  return [...portable, ...machines.map((linuxMachine) => `linux_${linuxMachine}`)];
}

/** Lists the tags of PEP 600: every glibc 2 up to the machine's. The first is 2.5 on Intel and 2.17 elsewhere. */
function manylinuxTags(machine: string, major: number, minor: number): string[] {
  if (major !== 2 || !manylinuxMachines.has(machine)) return [];
  const minMinor = machine === 'x86_64' || machine === 'i686' ? 5 : 17;
  const tags: string[] = [];
  for (let minorVersion = minor; minorVersion >= minMinor; minorVersion -= 1) {
    tags.push(`manylinux_2_${minorVersion}_${machine}`);
    if (olderNames[minorVersion] !== undefined) tags.push(`${olderNames[minorVersion]}_${machine}`);
  }
  return tags;
}

/** Lists the tags of PEP 656. */
function musllinuxTags(machine: string, major: number, minor: number): string[] {
  return Array.from({ length: minor + 1 }, (_, index) => `musllinux_${major}_${minor - index}_${machine}`);
}

type Mac = { readonly major: number; readonly minor: number; readonly machine: string };

function* macTags({ major, minor, machine }: Mac): Generator<string> {
  for (let minorVersion = major; minorVersion >= 11; minorVersion -= 1)
    for (const format of macFormats(machine, minorVersion, 0)) yield `macosx_${minorVersion}_0_${format}`;
  // macOS 11 and later also run builds for 10.4 to 10.16. Of those, only universal2 builds contain arm64 code.
  const maxMinor = major >= 11 ? 16 : minor;
  const minMinor = major >= 11 ? 4 : 0;
  for (let minorVersion = maxMinor; minorVersion >= minMinor; minorVersion -= 1) {
    const formats = major >= 11 && machine !== 'x86_64' ? ['universal2'] : macFormats(machine, 10, minorVersion);
    for (const format of formats) yield `macosx_10_${minorVersion}_${format}`;
  }
}

/**
 * Returns the version and machine of the running macOS. `platform` names the build target of Python instead, often an
 * older macOS and `universal2`. Darwin 19 is macOS 10.15, 20 to 24 are 11 to 15, 25 is 26.
 */
function macOf({ platform, markers }: TargetEnvironment): Mac {
  const [, builtMajor, builtMinor, builtFor = ''] = /^macosx_(\d{1,2})_(\d{1,2})_(\w+)$/.exec(platform) ?? [];
  const machine = markers.platform_machine || (builtFor === 'universal2' ? 'x86_64' : builtFor);
  const darwin = Number(/^(\d{1,2})\./.exec(markers.platform_release ?? '')?.[1] ?? Number.NaN);
  if (darwin >= 25) return { major: darwin + 1, minor: 0, machine };
  if (darwin >= 20) return { major: darwin - 9, minor: 0, machine };
  if (darwin >= 5) return { major: 10, minor: darwin - 4, machine };
  return { major: Number(builtMajor ?? 10), minor: Number(builtMinor ?? 9), machine };
}

function macFormats(machine: string, major: number, minor: number): readonly string[] {
  const since104 = major > 10 || minor >= 4;
  if (machine === 'x86_64') return since104 ? ['x86_64', 'intel', 'fat64', 'fat32', 'universal2', 'universal'] : [];
  if (machine === 'i386') return since104 ? ['i386', 'intel', 'fat32', 'fat', 'universal'] : [];
  return machine === 'arm64' ? ['arm64', 'universal2'] : [machine];
}
