import path from 'node:path';
import { outputError } from '../errors.ts';
import { parseFilename, projectOfFilename } from '../index/filename.ts';
import type { ProjectName, ProjectPage } from '../index/types.ts';
import type { PipConfiguration } from './configuration.ts';
import type { FilePort } from './files.ts';
import { type PipCommand, type PipOption, replaceOptionValue } from './grammar.ts';

/** What pip was told, and where its files really come from. */
export type Origin = {
  /** The relay's host, which exists for one run only. */
  readonly host: string;
  /** The repository's endpoint: ends in `/`. */
  readonly endpoint: string;
  /** Pages as the repository served them: they name each file's own address. */
  readonly pages: ReadonlyMap<ProjectName, { readonly page?: ProjectPage | undefined }>;
};

/** What is to be done once pip has ended well. */
export type PostProcessing = {
  /** pip's arguments: what it would have written to stdout goes to a file first. */
  readonly argv: readonly string[];
  /** Puts the repository's addresses in place of the relay's in the files that pip wrote. */
  readonly settle: (origin: Origin) => Promise<void>;
  /** Removes what was made. */
  readonly cleanup: () => Promise<void>;
};

type Ports = {
  readonly folder: string;
  /** What variables and configuration files say for this verb. */
  readonly configured: Pick<PipConfiguration, 'options'>;
  readonly files: Pick<FilePort, 'kindOf' | 'makeFolder' | 'removeFolder' | 'write'> & {
    readonly readText: (file: string) => Promise<string>;
    readonly writeText: (file: string, text: string) => Promise<void>;
  };
  /** Resolves when it is out, or can't be. */
  readonly print: (text: string) => Promise<void>;
  readonly unique: () => string;
};

/** What pip writes that says where files came from: `--report` (pip 22.2) and pylock.toml (PEP 751, pip 25.1). */
const written: Readonly<Record<string, { readonly option: string; readonly file?: string }>> = {
  install: { option: '--report' },
  lock: { option: '--output', file: 'pylock.toml' },
};

/** Larger than any lock file; what is larger is left as it is. */
const maxCharacters = 256 * 1024 * 1024;

/**
 * Sees to it that no file names the relay's host, which nobody can reach afterwards. What can be written but once (`-`
 * for stdout, a pipe, a terminal) becomes a temporary file that is passed on at the end: pip inherits our stdout, so
 * there is no other place to change what it says.
 */
export async function openPostProcessing(
  command: PipCommand,
  argv: readonly string[],
  ports: Ports,
): Promise<PostProcessing> {
  const kind = written[command.verb ?? ''];
  if (kind === undefined) return { argv, settle: async () => {}, cleanup: async () => {} };
  const option = command.options.findLast(({ name, value }) => name === kind.option && value !== undefined);
  const configured = ports.configured.options.findLast(({ name }) => name === kind.option)?.value;
  const named = option?.value ?? (configured || kind.file);
  if (named === undefined) return { argv, settle: async () => {}, cleanup: async () => {} };
  const file = path.resolve(ports.folder, named);
  const stdout = named === '-';
  if (!stdout && (await ports.files.kindOf(file)) !== 'other') {
    return { argv, settle: (origin) => rewriteFile(file, origin, ports), cleanup: async () => {} };
  }
  const instead = stdout && command.verb === 'lock' ? await besideSources(ports) : await apart(ports);
  return {
    argv: withFile(command, argv, option, kind.option, instead.file),
    settle: async (origin) => {
      if ((await ports.files.kindOf(instead.file)) !== 'file') return;
      const text = withoutRelay(await ports.files.readText(instead.file), origin);
      if (!stdout) return passOn(named, file, text, ports);
      await ports.print(text.endsWith('\n') ? text : `${text}\n`); // as pip prints it
    },
    cleanup: instead.remove,
  };
}

type Instead = { readonly file: string; readonly remove: () => Promise<void> };

async function apart({ files }: Ports): Promise<Instead> {
  const folder = await files.makeFolder();
  // pip warns of other names for lock files.
  return { file: path.join(folder, 'pylock.toml'), remove: () => files.removeFolder(folder) };
}

/** For a lock: pip writes paths of local projects as seen from the file's folder, and fails where they are not below. */
async function besideSources(ports: Ports): Promise<Instead> {
  const file = path.join(ports.folder, `pylock.awspip-${ports.unique()}.toml`);
  try {
    await ports.files.write(file, new Uint8Array());
  } catch {
    return apart(ports);
  }
  return { file, remove: () => ports.files.removeFolder(file) };
}

async function passOn(named: string, file: string, text: string, { files }: Ports): Promise<void> {
  try {
    await files.writeText(file, text);
  } catch (cause) {
    throw outputError(named, cause);
  }
}

function withFile(
  { verbIndex = 0 }: PipCommand,
  argv: readonly string[],
  option: PipOption | undefined,
  name: string,
  file: string,
): readonly string[] {
  if (option !== undefined) return replaceOptionValue(argv, option, file);
  return argv.toSpliced(verbIndex + 1, 0, name, file);
}

async function rewriteFile(file: string, origin: Origin, { files }: Ports): Promise<void> {
  if ((await files.kindOf(file)) !== 'file') return;
  const before = await files.readText(file);
  const after = withoutRelay(before, origin);
  if (after !== before) await files.writeText(file, after);
}

/** A text with the repository's addresses where the relay's stood; for a file, the one its index page gives. */
export function withoutRelay(text: string, origin: Origin): string {
  const start = `http://${origin.host}/`;
  if (text.length > maxCharacters || !text.includes(start)) return text;
  const known = addresses(origin);
  const [first = '', ...rest] = text.split(start);
  const parts = rest.map((part) => {
    const [whole = '', digest = '', filename = ''] = /^files\/([0-9a-f]{16})\/([^\s"'<>#?\\]{1,1000})/.exec(part) ?? [];
    if (whole === '') return `${origin.endpoint}${part}`;
    return `${known.get(`${digest}/${decoded(filename)}`) ?? guessed(filename, origin)}${part.slice(whole.length)}`;
  });
  return [first, ...parts].join('');
}

function addresses({ pages }: Origin): Map<string, string> {
  const known = new Map<string, string>();
  for (const { page } of pages.values()) {
    for (const { filename, hashes, url } of page?.files ?? []) {
      known.set(`${hashes.sha256?.slice(0, 16).toLowerCase()}/${filename}`, withoutFragment(url));
    }
  }
  return known;
}

/** As CodeArtifact lays its files out, for a page that was not asked for in this run. */
function guessed(encoded: string, { endpoint }: Origin): string {
  const filename = decoded(encoded);
  const name = projectOfFilename(filename);
  if (name === undefined) return `${endpoint}simple/`;
  const version = parseFilename(filename, name)?.version;
  const page = `${endpoint}simple/${name}/`;
  return version === undefined ? page : `${page}${encodeURIComponent(version)}/${encoded}`;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function withoutFragment(url: string): string {
  const parsed = new URL(url);
  parsed.hash = '';
  parsed.username = '';
  parsed.password = '';
  return parsed.href;
}
