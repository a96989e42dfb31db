import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { identifyInstaller, installerNames } from '../../src/installers/installer.ts';
import { shimKind } from '../../src/installers/shim-text.ts';

const document = readFileSync(path.resolve(import.meta.dirname, '../../docs/reference/other-installers.md'), 'utf8');
const rows = [...document.matchAll(/^\| ([^|]+) \|/gm)].map(([, first = '']) => first.toLowerCase());

describe.each(installerNames.filter((name) => name !== 'other' && name !== 'pip'))('%s', (name) => {
  // The program of `build` is known by its module.
  const documented = name === 'pyproject-build' ? '`python -m build`' : name;

  test('is recognized by its name', () => {
    expect(identifyInstaller([`/opt/bin/${name}`, 'install']).installer.name).toBe(name);
  });

  test('has a row in the documentation', () => {
    expect(rows.filter((row) => row.split(', ').includes(documented))).toHaveLength(1);
  });

  test('is covered where a script starts it', () => {
    // It starts pip or uv itself, with the variables of the run.
    if (name === 'pyproject-build') expect(shimKind(name)).toBeUndefined();
    else expect(shimKind(name)).toMatch(/^(?:installer|logged)$/);
  });
});
