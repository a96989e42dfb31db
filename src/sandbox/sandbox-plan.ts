import path from 'node:path';
import type { HiddenPaths } from './types.ts';

/** The facts of one machine and one run. All paths exist, are absolute and have no symbolic links. */
export type SandboxFacts = {
  readonly isRoot: boolean;
  readonly home: string;
  readonly hidden: HiddenPaths;
  /** Paths that stay visible inside a hidden folder: the working folder, temporary files, the interpreter. */
  readonly needed: readonly string[];
};

type Step = { readonly path: string; readonly kind: 'folder' | 'file' | 'needed' };

/** Capabilities with which root writes the files of other users, as without the sandbox. None of them changes mounts. */
const rootCapabilities = ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'SETGID', 'SETUID'];

/**
 * Returns bubblewrap's arguments (bwrap(1)): its own processes, IPC, network, devices and `/proc`; the file system as it
 * is, except for hidden paths.
 */
export function sandboxArguments({ isRoot, hidden, needed }: SandboxFacts): string[] {
  return [
    ...['--die-with-parent', '--unshare-pid', '--unshare-ipc', '--unshare-net'],
    ...['--bind', '/', '/', '--dev', '/dev', '--proc', '/proc'],
    ...(isRoot ? rootArguments() : []),
    ...hidingSteps(hidden, needed).flatMap(({ kind, path: target }) => {
      if (kind === 'folder') return ['--tmpfs', target];
      // The null device reads as empty and swallows writes. A socket becomes unreachable.
      return kind === 'file' ? ['--dev-bind', '/dev/null', target] : ['--bind', target, target];
    }),
  ];
}

/** Root owns the kernel's settings without any capability, and could start a program outside with them. */
function rootArguments(): string[] {
  const readOnly = ['/sys', '/proc/sys', '/proc/sysrq-trigger'];
  return [
    ...['--cap-drop', 'ALL', ...rootCapabilities.flatMap((name) => ['--cap-add', `CAP_${name}`])],
    ...readOnly.flatMap((target) => ['--ro-bind-try', target, target]),
  ];
}

/**
 * Returns the hidden folders that cannot be hidden: because pip needs them, or because they contain the home folder, where
 * an installation would be lost with the empty folder.
 */
export function conflictsOf({ home, hidden, needed }: Omit<SandboxFacts, 'isRoot'>): readonly string[] {
  const contains = (folder: string) => folder === '/' || `${home}/`.startsWith(`${folder}/`);
  return hidden.folders.filter((folder) => needed.includes(folder) || contains(folder));
}

/** Returns what to mount, parents before their contents, without steps that have no effect. */
function hidingSteps({ folders, files }: HiddenPaths, needed: readonly string[]): readonly Step[] {
  const all: Step[] = [
    ...folders.map((folder) => ({ path: folder, kind: 'folder' as const })),
    ...files.map((file) => ({ path: file, kind: 'file' as const })),
    ...needed.map((file) => ({ path: file, kind: 'needed' as const })),
  ];
  const chosen = new Map<string, Step>();
  for (const step of all.toSorted((a, b) => a.path.length - b.path.length)) {
    const isHidden = nearest(step.path, chosen)?.kind === 'folder';
    if (isHidden === (step.kind === 'needed') && !chosen.has(step.path)) chosen.set(step.path, step);
  }
  return [...chosen.values()];
}

/** Returns the step of the nearest folder that contains a path. */
function nearest(file: string, steps: ReadonlyMap<string, Step>): Step | undefined {
  for (let current = path.dirname(file); ; current = path.dirname(current)) {
    const step = steps.get(current);
    if (step !== undefined || current === path.dirname(current)) return step;
  }
}
