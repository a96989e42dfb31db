import { describe, expect, test } from 'vitest';
import { indexOf } from '../../src/index/named-indexes.ts';
import { normaliseName } from '../../src/index/names.ts';
import { originControls } from '../../src/infra/access-controls.ts';
import { effectiveIndexes } from '../../src/infra/deployed-indexes.ts';
import { type OptionInput, readOptions } from '../../src/infra/options.ts';
import { synthesize } from '../../src/infra/synthesize.ts';
import { account, allows } from './repository-policies.ts';
import { ofType, textOf } from './template-reader.ts';

const url = 'https://download.pytorch.org/whl/cpu';
const indexes = [{ url, names: ['torch', 'nvidia-*'] }];

describe('the option `indexes`', () => {
  test('is text on the command line, and a list in `cdk.json`', () => {
    const other = { url: 'https://packages.example/simple?', names: ['a'] };
    expect(readOptions({ indexes: `${url}=torch,nvidia-*` }).indexes).toEqual(indexes);
    expect(readOptions({ indexes }).indexes).toEqual(indexes);
    expect(readOptions({ indexes: `${url}=torch https://b.example/simple=jax` }).indexes).toHaveLength(2);
    expect(() => readOptions({ indexes: [other] })).toThrow(/indexes: a URL must have no `\?`/);
  });

  test.each<[OptionInput, RegExp]>([
    [{ indexes: 'torch' }, /indexes: a URL must be/],
    [{ indexes: `${url}=` }, /names must be/],
    [{ indexes: `${url}=nvid*` }, /whole words/],
    [{ indexes: `https://me:pw@b.example/=torch` }, /no credentials/],
    [{ indexes: `${url}=torch https://b.example=torch` }, /one index only/],
    [{ indexes: `${url}=torch`, ingest: 'ssm' }, /ingest=lambda/],
    [{ indexes: `${url}=torch`, existingDomain: true }, /needs packageGroups/],
    [{ indexes: `${url}=acme-*`, internalNames: 'acme~' }, /`internal` lists/],
    [{ indexes: [{ url, names: Array.from({ length: 300 }, (_, at) => `name-${at}`) }] }, /at most 2000 characters/],
  ])('%j is an error', (options, message) => {
    expect(() => readOptions(options)).toThrow(message);
    expect(() => readOptions(options)).not.toThrow(/me:pw/);
  });
});

test('origin controls let the names of an index in by publishing only, and leave the word of a pattern to public repositories', () => {
  const groups = new Map(originControls(readOptions({ indexes })).map(({ pattern, allowed }) => [pattern, allowed]));
  const published = { publish: ['package-install', 'secure-pypi'], externalUpstream: [], internalUpstream: [] };
  expect(groups.get('/pypi//torch$')).toEqual(published);
  expect(groups.get('/pypi//nvidia~')).toEqual(published);
  expect(groups.get('/pypi//nvidia$')).toEqual(groups.get('/pypi/*'));
  const internal = originControls(readOptions({ indexes, internalNames: 'nvidia' }));
  expect(internal.filter(({ pattern }) => pattern === '/pypi//nvidia$')).toMatchObject([
    { allowed: { publish: ['secure-pypi'], externalUpstream: [] } },
  ]);
});

describe('a deployment with indexes', () => {
  const template = synthesize({ indexes });
  const role = (name: string) => `arn:aws:iam::${account}:role/${name}`;
  const ingest = role('supply-chain-defender-ingest');
  const may = (repository: string, by: string, action: string, name: string) =>
    allows(template, repository, { by, action, package: name });

  test('lets only the Ingest function publish to package-install, and only listed names', () => {
    expect(may('package-install', ingest, 'PublishPackageVersion', 'torch')).toBe(true);
    expect(may('package-install', ingest, 'PublishPackageVersion', 'nvidia-cuda')).toBe(true);
    expect(may('package-install', ingest, 'PublishPackageVersion', 'requests')).toBe(false);
    expect(may('package-install', ingest, 'CopyPackageVersions', 'torch')).toBe(false);
    for (const repository of ['secure-pypi', 'pypi-store'])
      expect(may(repository, ingest, 'PublishPackageVersion', 'torch')).toBe(false);
    for (const by of ['PowerUser', 'supply-chain-defender-copy', 'supply-chain-defender-decide'])
      expect(may('package-install', role(by), 'PublishPackageVersion', 'torch')).toBe(false);
  });

  test('gives the indexes and room for a file to the functions that need them', () => {
    const functions = ofType(template, 'AWS::Lambda::Function').map(([, { Properties }]) => Properties);
    const withIndexes = functions.filter(({ Environment }) => Environment?.Variables?.INDEXES !== undefined);
    const names = withIndexes.map(({ FunctionName }) => textOf(FunctionName).replace('supply-chain-defender-', ''));
    expect(names.sort()).toEqual(['decide', 'ingest', 'inspect', 'notify', 'package-check', 'recheck']);
    const found = functions.find(({ FunctionName }) => textOf(FunctionName).endsWith('-ingest'));
    expect(found?.EphemeralStorage).toEqual({ Size: 10_240 });
  });
});

describe('the indexes of a policy file on AWS', () => {
  const names = (policy: typeof indexes) => (text: string) =>
    indexOf(normaliseName(text), effectiveIndexes(policy, indexes));

  test('are those of the deployment', () => {
    for (const policy of [[], indexes, [{ url: `${url}/`, names: ['nvidia-cuda-*'] }]])
      expect(names(policy)('nvidia-cuda-12')).toEqual(indexes[0]);
    expect(names([])('requests')).toBeUndefined();
  });

  test.each([
    [[{ url, names: ['torchvision'] }], 'torchvision'],
    [[{ url: 'https://b.example/simple', names: ['torch'] }], 'torch'],
    [[{ url, names: ['nvi*'] }], 'nvidia-cuda-12'],
  ])('make a name unreachable that the deployment does not know: %j', (policy, name) => {
    expect(names(policy)(name)?.problem).toMatch(/the deployment has no such index.*option `indexes`/);
  });
});
