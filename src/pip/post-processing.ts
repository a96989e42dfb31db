import path from 'node:path';
import { outputError } from '../errors.ts';
import { parseFilename, projectOfFilename } from '../index/filename.ts';
import type { ProjectName, ProjectPage } from '../index/types.ts';
import type { PipConfiguration } from './configuration.ts';
import type { FilePort } from './files.ts';
import { type PipCommand, type PipOption, replaceOptionValue } from './grammar.ts';

/** The relay's address in pip's output, and the repository's addresses for it. */
export type Origin = {
  /** The relay's host, which exists only during one run. */
  readonly host: string;
  /** The repository's endpoint. Ends in `/`. */
  readonly endpoint: string;
  /** Pages as served by the repository, with the URL of each file. */
  readonly pages: ReadonlyMap<ProjectName, { readonly page?: ProjectPage | undefined }>;
};

/** The steps after a successful run of pip. */
export type PostProcessing = {
  /** pip's arguments. Output for stdout goes to a file first. */
  readonly argv: readonly string[];
  /** Replaces the relay's URLs with the repository's in the files that pip wrote. */
  readonly rewriteOutputFiles: (origin: Origin) => Promise<void>;
  /** Removes the temporary files. */
  readonly cleanup: () => Promise<void>;
};

type Ports = {
  readonly folder: string;
  /** The options from variables and configuration files for this verb. */
  readonly configuration: Pick<PipConfiguration, 'options'>;
  readonly files: Pick<FilePort, 'kindOf' | 'makeFolder' | 'removeFolder' | 'write'> & {
    readonly readText: (file: string) => Promise<string>;
    readonly writeText: (file: string, text: string) => Promise<void>;
  };
  /** Prints to stdout. Resolves when the text is written or cannot be written. */
  readonly print: (text: string) => Promise<void>;
  readonly unique: () => string;
};

/** The output files of pip that contain URLs: `--report` (pip 22.2) and pylock.toml (PEP 751, pip 25.1). */
const outputFiles: Readonly<Record<string, { readonly option: string; readonly file?: string }>> = {
  install: { option: '--report' },
  lock: { option: '--output', file: 'pylock.toml' },
};

/** Larger than any lock file. A longer text is left unchanged. */
const maxCharacters = 256 * 1024 * 1024;

/**
 * Replaces the relay's host, which is unreachable after the run, in pip's output files. Output that can be written only
 * once (`-` for stdout, a pipe, a terminal) goes to a temporary file first, because pip inherits awspip's stdout.
 */
export async function openPostProcessing(
  command: PipCommand,
  argv: readonly string[],
  ports: Ports,
): Promise<PostProcessing> {
  const output = outputFiles[command.verb ?? ''];
  if (output === undefined) return { argv, rewriteOutputFiles: async () => {}, cleanup: async () => {} };
  const option = command.options.findLast(({ name, value }) => name === output.option && value !== undefined);
  const configured = ports.configuration.options.findLast(({ name }) => name === output.option)?.value;
  const target = option?.value ?? (configured || output.file);
  if (target === undefined) return { argv, rewriteOutputFiles: async () => {}, cleanup: async () => {} };
  const file = path.resolve(ports.folder, target);
  const stdout = target === '-';
  if (!stdout && (await ports.files.kindOf(file)) !== 'other') {
    return { argv, rewriteOutputFiles: (origin) => rewriteFile(file, origin, ports), cleanup: async () => {} };
  }
  const temporary =
    stdout && command.verb === 'lock' ? await createTemporaryLock(ports) : await createTemporaryFile(ports);
  return {
    argv: withOutputFile(command, argv, option, output.option, temporary.file),
    rewriteOutputFiles: async (origin) => {
      if ((await ports.files.kindOf(temporary.file)) !== 'file') return;
      const text = withoutRelay(await ports.files.readText(temporary.file), origin);
      if (!stdout) return writeOutput(target, file, text, ports);
      await ports.print(text.endsWith('\n') ? text : `${text}\n`); // as pip does
    },
    cleanup: temporary.remove,
  };
}

type TemporaryFile = { readonly file: string; readonly remove: () => Promise<void> };

async function createTemporaryFile({ files }: Ports): Promise<TemporaryFile> {
  const folder = await files.makeFolder();
  // pip warns about other names of lock files.
  return { file: path.join(folder, 'pylock.toml'), remove: () => files.removeFolder(folder) };
}

/**
 * Creates a temporary lock file in the working folder. pip writes the paths of local projects relative to the lock file
 * and fails if they are not below its folder.
 */
async function createTemporaryLock(ports: Ports): Promise<TemporaryFile> {
  const file = path.join(ports.folder, `pylock.awspip-${ports.unique()}.toml`);
  try {
    await ports.files.write(file, new Uint8Array());
  } catch {
    return createTemporaryFile(ports);
  }
  return { file, remove: () => ports.files.removeFolder(file) };
}

async function writeOutput(target: string, file: string, text: string, { files }: Ports): Promise<void> {
  try {
    await files.writeText(file, text);
  } catch (cause) {
    throw outputError(target, cause);
  }
}

function withOutputFile(
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

/** Replaces the relay's URLs in a text with the repository's. For a file, uses the URL on its index page. */
export function withoutRelay(text: string, origin: Origin): string {
  const start = `http://${origin.host}/`;
  if (text.length > maxCharacters || !text.includes(start)) return text;
  const urls = fileUrls(origin);
  const [first = '', ...rest] = text.split(start);
  const parts = rest.map((part) => {
    const [whole = '', digest = '', filename = ''] = /^files\/([0-9a-f]{16})\/([^\s"'<>#?\\]{1,1000})/.exec(part) ?? [];
    if (whole === '') return `${origin.endpoint}${part}`;
    return `${urls.get(`${digest}/${decodePart(filename)}`) ?? codeArtifactUrl(filename, origin)}${part.slice(whole.length)}`;
  });
  return [first, ...parts].join('');
}

function fileUrls({ pages }: Origin): Map<string, string> {
  const urls = new Map<string, string>();
  for (const { page } of pages.values()) {
    for (const { filename, hashes, url } of page?.files ?? []) {
      urls.set(`${hashes.sha256?.slice(0, 16).toLowerCase()}/${filename}`, withoutFragment(url));
    }
  }
  return urls;
}

/** Returns the URL of a file in CodeArtifact's layout, for a page that was not requested in this run. */
function codeArtifactUrl(encoded: string, { endpoint }: Origin): string {
  const filename = decodePart(encoded);
  const name = projectOfFilename(filename);
  if (name === undefined) return `${endpoint}simple/`;
  const version = parseFilename(filename, name)?.version;
  const page = `${endpoint}simple/${name}/`;
  return version === undefined ? page : `${page}${encodeURIComponent(version)}/${encoded}`;
}

function decodePart(part: string): string {
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
