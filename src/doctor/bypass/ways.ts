/** What is on this machine that can install packages. */
export type Programs = {
  /** The absolute path of each program that PATH leads to, by name. */
  readonly onPath: Readonly<Record<string, string | undefined>>;
  /** The interpreters of virtual environments: the active one. */
  readonly environments: readonly string[];
};

/** One way to install a package without typing awspip. */
export type Way = {
  /** What a person types or a program does. */
  readonly name: string;
  readonly tool: 'pip' | 'uv';
  readonly program: readonly [string, ...string[]];
  /** Options after the verb. */
  readonly options: readonly string[];
  /** Whether the user's configuration can close it. If not, only the network can. */
  readonly byConfiguration: boolean;
};

/** The programs that `findWays` looks for on PATH. */
export const programNames: readonly string[] = ['pip', 'pip3', 'python3', 'python', 'uv'];

const pypi = 'https://pypi.org/simple/';

/**
 * Returns the ways on this machine.
 *
 * @param all also the ways that ignore the user's configuration
 */
export function findWays({ onPath, environments }: Programs, all: boolean): readonly Way[] {
  const named = (...names: string[]) =>
    names.flatMap((name) => {
      const file = onPath[name];
      return file === undefined ? [] : [{ name, file }];
    });
  const pythons = named('python3', 'python');
  const others = environments.filter((file) => !pythons.some((python) => python.file === file));
  const interpreters = [...pythons, ...others.map((file) => ({ name: file, file }))];
  const way = (name: string, tool: Way['tool'], program: Way['program'], options?: readonly string[]): Way => ({
    name: [name, ...(options ?? [])].join(' '),
    tool,
    program,
    options: options ?? [],
    byConfiguration: options === undefined,
  });
  const modules = interpreters.map(({ name, file }) => ({
    name: `${name} -m pip`,
    program: [file, '-m', 'pip'] as const,
  }));
  const uvs = named('uv');
  return [
    ...named('pip', 'pip3').map(({ name, file }) => way(`${name} in a script`, 'pip', [file])),
    ...modules.map(({ name, program }) => way(name, 'pip', program)),
    ...uvs.map(({ name, file }) => way(name, 'uv', [file])),
    ...(all ? modules.slice(0, 1) : []).flatMap(({ name, program }) => [
      way(name, 'pip', program, ['--isolated']),
      way(name, 'pip', program, [`--index-url=${pypi}`]),
    ]),
    ...(all ? uvs : []).map(({ name, file }) => way(name, 'uv', [file], ['--no-config', `--default-index=${pypi}`])),
  ];
}
