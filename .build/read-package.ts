import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Manifest } from './licences.ts';

/** A package in a bundle. */
export type BundledPackage = {
  readonly manifest: Manifest;
  /** What its own licence and notice files say; undefined when it contains none. */
  readonly licenceText?: string;
};

const licenceFile = /^(?:licen[cs]e|unlicense|copying|copyright|notice)(?:$|[-_.])/i;
const codeFile = /\.(?:[cm]?[jt]s|json)$/i;

/** Reads the package in a folder of `node_modules`. */
export function readPackage(folder: string): BundledPackage {
  const manifest = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Manifest;
  const texts = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && licenceFile.test(entry.name) && !codeFile.test(entry.name))
    .map(({ name }) => name)
    .sort()
    .map((name) => readFileSync(path.join(folder, name), 'utf8').trim())
    .filter((text) => text !== '');
  return texts.length === 0 ? { manifest } : { manifest, licenceText: texts.join('\n\n') };
}
