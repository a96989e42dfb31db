import { stripVTControlCharacters } from 'node:util';
import { isProjectName, normaliseName } from '../index/names.ts';
import { parseRequirement } from '../index/requirement.ts';
import { poetryRange } from './poetry-range.ts';

const maxTextLength = 256 * 1024;
const maxRequirements = 200;

/** A project name with extras, and a version range as uv and poetry print it. */
const namePattern = String.raw`([A-Za-z0-9][A-Za-z0-9._-]{0,200}(?:\[[^\]\s]{1,200}\])?)`;
const rangePattern = String.raw`((?:[<>=!~^]=?=?\s?[A-Za-z0-9.*+!_-]{1,80}(?:,\s?)?){0,6})`;

/** What each installer prints about a requirement without a matching release. */
const phrases: readonly RegExp[] = [
  // uv: `Because nope was not found in the package registry and …`
  new RegExp(`${namePattern} was not found in the package registry`, 'g'),
  // uv: `you require beta>=2`, `your project depends on beta>=2`, `all versions of delta depend on beta>=2`
  new RegExp(`(?:you require|depends? on|requires) ${namePattern}${rangePattern}(?=[\\s,.])(?! \\()`, 'g'),
  // uv with a lock file: "Failed to download `beta==1.0`"
  new RegExp(`Failed to (?:download|fetch)(?: and build)?:? \`${namePattern}${rangePattern}\``, 'g'),
  // pip within pip-compile and pipenv
  new RegExp(`No matching distribution found for ${namePattern}${rangePattern}`, 'g'),
  // poetry: `delta (1.0) depends on beta (>=2)`. Its `no versions of … match …` names ranges that nothing requires.
  new RegExp(`depends on ${namePattern} \\(${rangePattern}\\)`, 'g'),
  // poetry: `Could not find a matching version of package nope`
  new RegExp(`Could not find a matching version of package ${namePattern}`, 'g'),
];
/** What uv prints with `--offline`, when it requests no package. */
const offline = /unavailable because the network was disabled|Network connectivity is disabled/;
/** The last is PDM's, which names no version. */
const unsolvable =
  /No solution found when resolving|requirements are unsatisfiable|version solving failed|ResolutionImpossible|Unable to find a resolution/;

/**
 * Translates an installer's messages about a failure to those of pip, so that the same rule applies. A requirement is
 * missing only if the page that the relay served has no matching file.
 */
export function toPipMessages(stderr: string): string {
  // The messages are wrapped to the width of the terminal.
  const text = stripVTControlCharacters(stderr.slice(-maxTextLength)).replace(/[\s│╰─▶]+/g, ' ');
  if (offline.test(text)) return '';
  const found = new Set<string>();
  for (const phrase of phrases) {
    for (const [, name = '', specifier = ''] of text.matchAll(phrase)) {
      const requirement = requirementOf(name, specifier);
      if (requirement !== undefined && found.size < maxRequirements) found.add(requirement);
    }
  }
  const lines = withoutBareNames([...found]).map(
    (requirement) => `ERROR: No matching distribution found for ${requirement}`,
  );
  if (unsolvable.test(text)) lines.push('ERROR: ResolutionImpossible');
  return lines.map((line) => `${line}\n`).join('');
}

/** Removes a bare name if there is also a version range for it. uv prints that `a` was not found, and requires `a>=2`. */
function withoutBareNames(texts: readonly string[]): string[] {
  const namesWithRange = new Set(
    texts.filter((text) => !isProjectName(text)).map((text) => parseRequirement(text)?.name),
  );
  return texts.filter((text) => !isProjectName(text) || !namesWithRange.has(normaliseName(text)));
}

/** Returns a requirement without the punctuation of the sentence that it was in. */
function requirementOf(name: string, specifier: string): string | undefined {
  const project = name.replace(/[._-]+$/, '');
  if (!isProjectName(project.split('[', 1)[0] ?? '')) return undefined;
  const range = specifier.replace(/\s/g, '').replace(/[.,]+$/, '');
  const text = `${project}${/^[\^~](?!=)/.test(range) ? (poetryRange(range) ?? '') : range}`;
  return parseRequirement(text) === undefined ? project : text;
}
