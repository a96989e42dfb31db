import { stripVTControlCharacters } from 'node:util';
import { isProjectName, normaliseName } from '../index/names.ts';
import { parseRequirement } from '../index/requirement.ts';
import { poetryRange } from './poetry-range.ts';

const maxTextLength = 256 * 1024;
const maxRequirements = 200;

/** A project name with what may stand behind it: extras, and one range as uv and poetry print it. */
const named = String.raw`([A-Za-z0-9][A-Za-z0-9._-]{0,200}(?:\[[^\]\s]{1,200}\])?)`;
const range = String.raw`((?:[<>=!~^]=?=?\s?[A-Za-z0-9.*+!_-]{1,80}(?:,\s?)?){0,6})`;

/** What each tool says of a requirement for which it found no release. */
const phrases: readonly RegExp[] = [
  // uv: `Because nope was not found in the package registry and …`
  new RegExp(`${named} was not found in the package registry`, 'g'),
  // uv: `you require beta>=2`, `your project depends on beta>=2`, `all versions of delta depend on beta>=2`
  new RegExp(`(?:you require|depends? on|requires) ${named}${range}(?=[\\s,.])(?! \\()`, 'g'),
  // uv, from a lock file: "Failed to download `beta==1.0`"
  new RegExp(`Failed to (?:download|fetch)(?: and build)?:? \`${named}${range}\``, 'g'),
  // pip under another name: pip-compile, pipenv
  new RegExp(`No matching distribution found for ${named}${range}`, 'g'),
  // poetry: `delta (1.0) depends on beta (>=2)`; its `no versions of … match …` names gaps that nobody asked for
  new RegExp(`depends on ${named} \\(${range}\\)`, 'g'),
  // poetry: `Could not find a matching version of package nope`
  new RegExp(`Could not find a matching version of package ${named}`, 'g'),
];
/** uv's `--offline`: what it lacks it was told not to look for. */
const offline = /unavailable because the network was disabled|Network connectivity is disabled/;
const unsolvable =
  /No solution found when resolving|requirements are unsatisfiable|version solving failed|ResolutionImpossible/;

/**
 * What another tool says about its failure, in pip's own words, so that one rule decides for all: what is named counts
 * only if the page that the relay served holds nothing that fits.
 */
export function asPipMessages(stderr: string): string {
  // Their messages are wrapped to the terminal's width.
  const text = stripVTControlCharacters(stderr.slice(-maxTextLength)).replace(/[\s│╰─▶]+/g, ' ');
  if (offline.test(text)) return '';
  const found = new Set<string>();
  for (const phrase of phrases) {
    for (const [, name = '', specifier = ''] of text.matchAll(phrase)) {
      const requirement = requirementOf(name, specifier);
      if (requirement !== undefined && found.size < maxRequirements) found.add(requirement);
    }
  }
  const lines = withoutVaguer([...found]).map(
    (requirement) => `ERROR: No matching distribution found for ${requirement}`,
  );
  if (unsolvable.test(text)) lines.push('ERROR: ResolutionImpossible');
  return lines.map((line) => `${line}\n`).join('');
}

/** uv says both that it found no `a` and that one requires `a>=2`: the second is what is wanted. */
function withoutVaguer(texts: readonly string[]): string[] {
  const exact = new Set(texts.filter((text) => !isProjectName(text)).map((text) => parseRequirement(text)?.name));
  return texts.filter((text) => !isProjectName(text) || !exact.has(normaliseName(text)));
}

/** Without what a sentence leaves behind it: a full stop, a comma. */
function requirementOf(name: string, specifier: string): string | undefined {
  const bare = name.replace(/[._-]+$/, '');
  if (!isProjectName(bare.split('[', 1)[0] ?? '')) return undefined;
  const said = specifier.replace(/\s/g, '').replace(/[.,]+$/, '');
  const text = `${bare}${/^[\^~](?!=)/.test(said) ? (poetryRange(said) ?? '') : said}`;
  return parseRequirement(text) === undefined ? bare : text;
}
