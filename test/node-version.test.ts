import { readFileSync } from 'node:fs';
import path from 'node:path';
import vm from 'node:vm';
import { expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '..');
const script = readFileSync(path.join(root, 'bin/awspip.js'), 'utf8').replace(/^#!.*/, '');

/** Runs the file that npm puts on PATH as if Node.js had this version. */
function startedBy(node: string) {
  const loaded: string[] = [];
  const process = { versions: { node }, exitCode: 0, stderr: { write: (text: string) => written.push(text) } };
  const written: string[] = [];
  vm.runInNewContext(script, { process, require: (file: string) => loaded.push(file) });
  return { loaded, exitCode: process.exitCode, text: written.join('') };
}

test.each(['20.19.0', '20.20.2', '22.1.0', '100.0.0'])('Node.js %s runs awspip', (node) => {
  expect(startedBy(node)).toEqual({ loaded: ['../dist/start.cjs'], exitCode: 0, text: '' });
});

test.each(['18.20.8', '20.18.3', '19.9.0', '8.0.0'])('Node.js %s is too old, and awspip says so', (node) => {
  const { loaded, exitCode, text } = startedBy(node);
  expect([loaded, exitCode]).toEqual([[], 78]);
  expect(text).toContain(`awspip: Node.js ${node} is too old; awspip needs 20.19 or later\n\nhint: `);
});

test('the oldest Node.js is the one of package.json', () => {
  const { engines } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    engines: { node: string };
  };
  expect(engines.node).toBe('>=20.19');
});
