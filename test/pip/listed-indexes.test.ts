import { describe, expect, test } from 'vitest';
import { acceptListed, acceptVetted } from '../../src/cli/reject-unvetted.ts';
import { replaceDefaultIndex } from '../../src/pip/default-index.ts';
import { parsePipArguments } from '../../src/pip/grammar.ts';
import type { UnvettedSource } from '../../src/pip/unvetted-source.ts';
import { useRepository } from '../../src/pip/use-repository.ts';

const cpu = 'https://download.pytorch.org/whl/cpu';
const indexes = [{ url: cpu, names: ['torch', 'nvidia-*'] }];

function open(canReplace?: (source: UnvettedSource) => boolean) {
  const reports: unknown[] = [];
  let reads = 0;
  const command = parsePipArguments(['install', 'torch']);
  const accept = acceptListed(
    acceptVetted(command, (event) => reports.push(event), canReplace),
    async () => {
      reads += 1;
      return indexes;
    },
  );
  return { accept, reports, reads: () => reads };
}

const extra = { kind: 'extra-index-url', where: 'argument', value: `${cpu}/` } as const;

describe('an index of the policy', () => {
  test('is passed over with one report that names what the policy takes from it', async () => {
    const { accept, reports } = open();
    const inFile = { ...extra, where: 'r.txt:1', kind: 'index-url', value: cpu } as const;
    expect(await accept([extra, inFile])).toEqual([`${cpu}/`, cpu]);
    await accept([extra]);
    expect(reports).toMatchObject([{ code: 'listed-index', value: `${cpu}/`, names: ['torch', 'nvidia-*'] }]);
  });

  test.each([
    ['another path', `${cpu}/../cu121`],
    ['another host', 'https://download.pytorch.org.example/whl/cpu'],
    ['plain http', 'http://download.pytorch.org/whl/cpu'],
    ['credentials', 'https://****@download.pytorch.org/whl/cpu'],
    ['a query', `${cpu}?x`],
  ])('is not one with %s', async (_, value) => {
    const { accept } = open();
    await expect(accept([{ ...extra, value }])).rejects.toThrow('is another index');
  });

  test('is rejected as a folder of links, and by an installer that would read it', async () => {
    await expect(open().accept([{ ...extra, kind: 'find-links' }])).rejects.toThrow('offers files');
    await expect(open(() => false).accept([extra])).rejects.toThrow('is another index');
  });

  test('is looked for only if the command names an index', async () => {
    const { accept, reads } = open();
    expect(await accept([])).toEqual([]);
    expect(await accept([{ ...extra, value: 'https://pypi.org/simple' }])).toEqual([]);
    expect(reads()).toBe(0);
  });

  test('is replaced by the repository for other installers and for pip', () => {
    const relay = 'http://0123abcd.secure-pypi.invalid/simple/';
    expect(replaceDefaultIndex(['--extra-index-url', cpu, `--index=${cpu}`, `${cpu}x`], relay, [cpu])).toEqual([
      ...['--extra-index-url', relay, `--index=${relay}`, `${cpu}x`],
    ]);
    expect(useRepository({ PIP_INDEX_URL: relay }, [cpu])).toContain(JSON.stringify([cpu]));
    expect(useRepository({ PIP_INDEX_URL: 'https://pypi.org/simple' }, [cpu])).toBe('');
  });
});
