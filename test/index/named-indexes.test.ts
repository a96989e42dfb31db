import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  coversNames,
  indexOf,
  indexUrlProblem,
  namePattern,
  overlappingNames,
  sameIndexKey,
  sortedIndexes,
} from '../../src/index/named-indexes.ts';
import { normaliseName } from '../../src/index/names.ts';

const cpu = { url: 'https://download.pytorch.org/whl/cpu', names: ['torch', 'nvidia-*'] };
const own = { url: 'https://packages.example/simple', names: ['acme-*', 'torchvision'] };

describe('the index of a name', () => {
  test.each([
    ['torch', cpu],
    ['nvidia-cuda-runtime-cu12', cpu],
    ['acme-tools', own],
    ['torchvision', own],
  ])('%s is listed', (name, index) => {
    expect(indexOf(normaliseName(name), [cpu, own])).toBe(index);
  });

  test.each(['torc', 'torch-geometric', 'nvidia', 'nvidiax', 'acme', 'requests'])('%s is not listed', (name) => {
    expect(indexOf(normaliseName(name), [cpu, own])).toBeUndefined();
  });
});

const pattern = fc
  .tuple(fc.stringMatching(/^[ab]{2,3}$/), fc.boolean())
  .map(([text, isPrefix]) => (isPrefix ? `${text}*` : text));
const names = fc.array(pattern, { minLength: 1, maxLength: 3 });

test('patterns of two indexes overlap if and only if a name has both', () => {
  const all = ['', 'a', 'b'].flatMap((one) => ['', 'a', 'b'].map((two) => one + two));
  const candidates = all.flatMap((end) => ['aa', 'ab', 'ba', 'bb'].map((start) => normaliseName(start + end)));
  fc.assert(
    fc.property(names, names, (first, second) => {
      const [one, two] = [
        { url: 'https://one.example/', names: first },
        { url: 'https://two.example/', names: second },
      ];
      const hasBoth = candidates.some(
        (name) => indexOf(name, [one]) !== undefined && indexOf(name, [two]) !== undefined,
      );
      expect(overlappingNames([one, two]) !== undefined).toBe(hasBoth);
    }),
  );
});

test('two entries of one index may repeat a name', () => {
  const again = { url: 'https://Download.PyTorch.org/whl/cpu/', names: ['torch', 'nvidia-cuda-*'] };
  expect(overlappingNames([cpu, again])).toBeUndefined();
  expect(overlappingNames([cpu, { ...again, url: 'https://download.pytorch.org/whl/cu121' }])).toBeDefined();
  expect(sortedIndexes([again, cpu])).toEqual(sortedIndexes([cpu, again]));
});

test('spellings of one URL are one index', () => {
  const spellings = ['HTTPS://Download.PyTorch.org/whl/cpu/', 'https://download.pytorch.org:443/x/../whl/%63pu'];
  expect(new Set([cpu.url, ...spellings].map(sameIndexKey)).size).toBe(1);
  expect(sameIndexKey('https://download.pytorch.org/whl/cu121')).not.toBe(sameIndexKey(cpu.url));
});

test('a pattern covers the names that it matches', () => {
  expect(coversNames('nvidia-*', 'nvidia-cuda-*')).toBe(true);
  expect(coversNames('nvidia-cuda-*', 'nvidia-*')).toBe(false);
  expect(coversNames('torch', 'torch*')).toBe(false);
});

describe('a pattern of names', () => {
  test.each(['torch', 'nvidia-*', 'to*', 'a', 'typing-extensions', '3to2'])('may be %s', (text) => {
    expect(text).toMatch(namePattern);
  });

  test.each(['*', 'a*', 'Torch', 'torch_geometric', 'to*ch', '*-acme', 'nvidia-', '-nvidia', 'a--b', 'nvidia--*', ''])(
    'can not be %s',
    (text) => {
      expect(text).not.toMatch(namePattern);
    },
  );
});

describe('the URL of an index', () => {
  test.each(['https://download.pytorch.org/whl/cpu', 'http://127.0.0.1:8080/simple/', 'http://localhost/simple'])(
    'may be %s',
    (url) => {
      expect(indexUrlProblem(url)).toBeUndefined();
    },
  );

  test.each([
    ['http://packages.example/simple', /https:\/\//],
    ['file:///wheels', /https URL/],
    ['packages.example', /https URL/],
    ['https://user:secret@packages.example/simple', /netrc/],
    ['https://user@packages.example/simple', /netrc/],
    ['https://packages.example/simple?token=secret', /no `\?`/],
    ['https://packages.example/simple#x', /no `\?`/],
    ['http://127.0.0.1.packages.example/simple', /https:\/\//],
  ])('can not be %s', (url, problem) => {
    expect(indexUrlProblem(url)).toMatch(problem);
  });
});
