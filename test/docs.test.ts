import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { ownVerbs } from '../src/cli/verb-names.ts';
import { recommendedPolicy } from '../src/firewall/policy.ts';
import { reachNames } from '../src/firewall/types.ts';
import { optionNames } from '../src/infra/options.ts';
import { version } from '../src/version.ts';
import { unknownCommands, unknownSettings } from './helpers/documented-commands.ts';
import { brokenLinks, codeIn, type Document, inlineCodeIn, readDocuments, root } from './helpers/documents.ts';
import { signalNames } from './helpers/generated/signal-parts.ts';
import { generatedParts, namesOfParts, withGeneratedParts, withoutGeneratedParts } from './helpers/generated-parts.ts';
import { bannedUses } from './helpers/house-style.ts';
import { outputsOf, runnableBlocks, scriptOf, unknownBlockMarks } from './helpers/runnable-blocks.ts';
import { pictureFile, readmePicture, readShownTranscripts } from './helpers/shown-transcripts.ts';
import { shownTranscript } from './helpers/transcript.ts';

const maxReadmeBytes = 8192;
const maxFolderSentence = 120;
const maxPictureBytes = 20_000;

let parts: ReadonlyMap<string, string>;
beforeAll(async () => {
  parts = await generatedParts();
  if (process.env.UPDATE_DOCS === undefined) return;
  for (const { file, text } of readDocuments()) writeFileSync(path.join(root, file), withGeneratedParts(text, parts));
  writeFileSync(pictureFile, readmePicture());
});

const documents: readonly Document[] = readDocuments();
const textOf = (file: string): string => readFileSync(path.join(root, file), 'utf8');

describe.each(documents.map(({ file }) => file))('%s', (file) => {
  test('has generated parts that say what the code does', () => {
    expect(textOf(file)).toBe(withGeneratedParts(textOf(file), parts));
  });

  test('has no link that leads nowhere', () => {
    expect(brokenLinks({ file, text: textOf(file) })).toEqual([]);
  });

  test('names commands and settings that exist', () => {
    expect([...unknownCommands(textOf(file)), ...unknownSettings(textOf(file))]).toEqual([]);
  });

  test('has no block with an unknown mark', () => {
    expect(unknownBlockMarks({ file, text: textOf(file) })).toEqual([]);
  });

  test('names paths of the source that exist', () => {
    // Words in capitals stand for a name: `src/cli/verbs/NAME.ts`.
    const paths = inlineCodeIn(textOf(file)).filter((code) => /^(?:src|test)\/(?!.*[A-Z]{3})[\w./-]+$/.test(code));
    expect(paths.filter((named) => !existsSync(path.join(root, named)))).toEqual([]);
  });

  test('uses no banned phrase', () => {
    expect(bannedUses(withoutGeneratedParts(textOf(file)))).toEqual([]);
  });
});

test('every generated part stands in one document', () => {
  expect(documents.flatMap(({ file }) => namesOfParts(textOf(file))).toSorted()).toEqual([...parts.keys()].toSorted());
});

test('docs/getting-started.md runs the commands of every transcript that documents show', () => {
  const run = runnableBlocks(textOf('docs/getting-started.md')).map(({ lines }) => lines.join('\n'));
  expect(run).toEqual(expect.arrayContaining(readShownTranscripts().map(({ commands }) => commands)));
});

test('the picture of a terminal shows the transcripts, and is small', () => {
  const picture = readFileSync(pictureFile, 'utf8');
  expect(picture).toBe(readmePicture());
  expect(Buffer.byteLength(picture)).toBeLessThan(maxPictureBytes);
});

describe('blocks that a test runs', () => {
  const text = '# T\n\n```sh runnable\ncd x\n```\n\n- y\n\n  ```sh runnable\n  pwd\n  ```\n\n```sh\nrm -rf x\n```\n';

  test('are found also in lists, and each line keeps its number', () => {
    const lines = scriptOf(text).split('\n');
    expect([lines[3], lines[9]]).toEqual(['cd x', 'pwd']);
    expect(lines).toHaveLength(text.split('\n').length + 1);
    expect(scriptOf(text)).not.toContain('rm -rf');
  });

  test('have their outputs by the line where they begin', () => {
    const [first = '', second = ''] = scriptOf(text).match(/awspip-test-block \d+/g) ?? [];
    expect([...outputsOf(`${first}\none\n${second}\ntwo`)]).toEqual([
      [3, 'one\n'],
      [9, 'two'],
    ]);
  });

  test.each(['sh runable', 'bash runnable', 'sh runnable twice', 'sh {runnable}'])(
    'are not marked with `%s`',
    (words) => {
      expect(unknownBlockMarks({ file: 'x.md', text: `\n~~~${words}\nls\n~~~\n` })).toEqual([`x.md:2 ${words}`]);
    },
  );
});

test('README.ko.md has the commands, links and pictures of README.md', () => {
  const codeOf = (text: string) =>
    codeIn(text)
      .map((line) => line.replace(/\s+# .*$/, ''))
      .toSorted();
  const linksIn = (text: string) => [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link).toSorted();
  const [english, korean] = [textOf('README.md'), textOf('README.ko.md')];
  const others = (name: string) => (link: string | undefined) => link !== name;
  expect(codeOf(korean)).toEqual(codeOf(english));
  expect(linksIn(korean).filter(others('README.md'))).toEqual(linksIn(english).filter(others('README.ko.md')));
});

test('docs/README.md links to every page', () => {
  const linked = [...textOf('docs/README.md').matchAll(/\]\(([^)#\s]+)/g)].map(([, target = '']) => `docs/${target}`);
  const pages = documents.map(({ file }) => file).filter((file) => file.startsWith('docs/'));
  expect(pages.filter((file) => file !== 'docs/README.md' && !linked.includes(file))).toEqual([]);
});

test('README.md is short', () => {
  expect(Buffer.byteLength(textOf('README.md'))).toBeLessThanOrEqual(maxReadmeBytes);
});

describe('src/README.md', () => {
  const text = textOf('src/README.md');

  test('names files and folders that exist', () => {
    const paths = inlineCodeIn(text).filter((code) => code.startsWith('src/') || code.endsWith('.ts'));
    expect(paths.length).toBeGreaterThan(10);
    expect(paths.filter((named) => !existsSync(path.join(root, named)))).toEqual([]);
  });

  test('has one short sentence for every folder of src', () => {
    const rows = [...text.matchAll(/^\| `(\w+)` \| (.+) \|$/gm)].map(([, folder = '', sentence = '']) => ({
      folder,
      sentence,
    }));
    const folders = readdirSync(path.join(root, 'src'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
    expect(rows.map(({ folder }) => folder).toSorted()).toEqual(folders.toSorted());
    expect(rows.filter(({ sentence }) => sentence.length >= maxFolderSentence)).toEqual([]);
  });
});

test('docs/aws/deploy.md names every choice of a deployment', () => {
  const named = inlineCodeIn(textOf('docs/aws/deploy.md'));
  const setByCdk = ['account', 'region'];
  expect(optionNames.filter((name) => !named.includes(name) && !setByCdk.includes(name))).toEqual([]);
});

test('docs/reference/signals.md explains every signal, rule, gate and finding', () => {
  const rows = [...textOf('docs/reference/signals.md').matchAll(/^\| (`[^|]+) \|/gm)];
  const explained = rows.flatMap(([, names = '']) => inlineCodeIn(names));
  const known = [...signalNames().keys(), 'fixes', ...Object.keys(recommendedPolicy.gates), ...reachNames];
  const rules = recommendedPolicy.rules.map(({ signal }) => String(signal));
  expect([...known, ...rules].filter((name) => !explained.includes(name))).toEqual([]);
});

test('docs/troubleshooting.md quotes messages that a transcript has, and parts of messages that the code has', () => {
  const text = withoutGeneratedParts(textOf('docs/troubleshooting.md'));
  const blocks = [...text.matchAll(/^```text\n([\s\S]*?)^```$/gm)].flatMap(([, block = '']) => block.split('\n'));
  const shown = transcriptLines();
  expect(blocks.length).toBeGreaterThan(20);
  expect(blocks.filter((line) => line !== '' && !shown.has(line))).toEqual([]);
  const tables = [...text.matchAll(/^\| `([^`|]+)`[^|]* \|/gm)].map(([, part = '']) => part);
  const sources = readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' });
  const code = [
    ...sources.filter((file) => file.endsWith('.ts')).map((file) => path.join('src', file)),
    'bin/awspip.js',
  ]
    .map(textOf)
    .join('\n');
  expect(tables.length).toBeGreaterThan(15);
  expect(tables.filter((part) => !code.includes(part))).toEqual([]);
});

/** The lines of every transcript, as documents show them. */
function transcriptLines(): ReadonlySet<string> {
  const folder = path.join(root, 'test/fixtures/transcripts');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.txt'));
  return new Set(files.flatMap((file) => shownTranscript(readFileSync(path.join(folder, file), 'utf8')).split('\n')));
}

test('docs/reference/commands.md explains every command in its first table', () => {
  const table = withoutGeneratedParts(textOf('docs/reference/commands.md'));
  expect(ownVerbs.filter((verb) => !table.includes(`\`awspip ${verb}`))).toEqual([]);
});

test('banned phrases are found as whole words, across lines, but for exceptions and names', () => {
  const text = 'a record that is HELD\nis not at\nonce in secure-pypi: whoever\nreads src/relay/ledger.ts, it tells';
  expect(bannedUses(text).map(({ line, found }) => [line, found])).toEqual([
    [2, 'at\nonce'],
    [3, 'whoever'],
    [4, 'tells'],
  ]);
});

test('the version is the one in package.json', () => {
  const manifest = JSON.parse(textOf('package.json')) as { version: string };
  expect(version).toBe(manifest.version);
});
