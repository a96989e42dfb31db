import * as v from 'valibot';
import { nameBesideInstallCode } from './conditions/policy-conditions.ts';
import { scoreName } from './observe.ts';
import { recommendedPolicy } from './policy.ts';
import { condition, confidence, days, described, isCondition, line, list } from './schema-parts.ts';
import { type Reach, reachNames } from './types.ts';

const effect = v.picklist(['pass', 'hold']);
const unknownGate = described(
  v.optional(
    v.strictObject({
      ranked: described(effect, 'Effect on projects in the popularity list'),
      unranked: described(effect, 'Effect on all other projects'),
    }),
    { ranked: 'pass', unranked: 'hold' },
  ),
  'Effect of an unknown signal',
);
const enabled = described(v.optional(v.boolean(), true), 'Whether the gate is on; a gate that the file names is on');

const defaultGates = recommendedPolicy.gates;
const reservedNames = new Set([
  ...Object.keys(defaultGates),
  ...recommendedPolicy.rules.map(({ signal }) => String(signal)),
  ...['newest', 'blockList', 'allowList', 'condition', scoreName],
]);
const does = v.picklist(['hold', 'block']);
const factGate = {
  enabled,
  does: described(v.optional(does, 'hold'), 'Whether the release is on hold or blocked'),
  unknown: unknownGate,
};
const fact = (defaults: { readonly enabled: boolean }) => v.optional(v.strictObject(factGate), { ...defaults });
const reaches = (defaults: readonly Reach[]) =>
  v.optional(v.pipe(v.array(v.picklist(reachNames)), v.maxLength(reachNames.length)), [...defaults]);

const ownGate = v.strictObject({
  name: described(
    v.pipe(
      v.string(),
      v.regex(/^[a-z][a-zA-Z0-9-]{0,39}$/, 'must be letters, digits and `-`, and start with a lower-case letter'),
      v.check((name) => !reservedNames.has(name), 'is the name of a built-in gate, rule or list'),
    ),
    'The name of the gate in verdicts',
  ),
  when: described(
    v.pipe(
      condition,
      v.check(
        (when) => !isCondition(when) || nameBesideInstallCode(when) === undefined,
        'a condition on `installCode` can also use `name`, `version`, `isPrerelease` and `isRanked`, but no other signal',
      ),
    ),
    'A condition in CEL: the gate fires if it is true',
  ),
  does: described(does, 'Whether the release is on hold or blocked'),
  text: described(line, 'The reason that people read'),
  unknown: unknownGate,
});
const ownGates = v.pipe(
  v.array(ownGate),
  v.maxLength(100),
  v.check((own) => new Set(own.map(({ name }) => name)).size === own.length, 'two gates have the same name'),
);

const builtInGates = v.strictObject({
  malware: described(
    v.optional(v.strictObject({ enabled, unknown: unknownGate }), defaultGates.malware),
    'Blocks a release that a malware advisory names',
  ),
  quarantined: described(
    v.optional(v.strictObject({ enabled, unknown: unknownGate }), defaultGates.quarantined),
    'Blocks a project that its index has quarantined (PEP 792)',
  ),
  cooldown: described(
    v.optional(
      v.strictObject({
        days: described(
          v.optional(days, defaultGates.cooldown.days),
          'The age in days at which the hold ends; 0 disables the gate',
        ),
        unknown: unknownGate,
        except: described(list, 'Releases that need not wait, with entries as in `allow`'),
      }),
      {
        ...defaultGates.cooldown,
        except: [],
      },
    ),
    'Puts a release on hold until its newest file is `days` days old',
  ),
  installCode: described(
    v.optional(
      v.strictObject({
        ...factGate,
        ranked: described(reaches(defaultGates.installCode.ranked), 'Findings that count for ranked projects'),
        unranked: described(reaches(defaultGates.installCode.unranked), 'Findings that count for all other projects'),
      }),
      {
        ...defaultGates.installCode,
        ranked: [...defaultGates.installCode.ranked],
        unranked: [...defaultGates.installCode.unranked],
      },
    ),
    'Fires for a file whose code does what is listed when it is built, when Python starts, or when it is imported',
  ),
  similarName: described(
    v.optional(
      v.strictObject({
        enabled,
        does: factGate.does,
        confidence: described(
          v.optional(confidence, defaultGates.similarName.confidence),
          'The lowest confidence of a likeness that counts, 0 to 1',
        ),
      }),
      defaultGates.similarName,
    ),
    'Fires for an unranked name that resembles a popular or protected one',
  ),
  freshAndBare: described(
    v.optional(
      v.strictObject({
        ...factGate,
        days: described(v.optional(days, 180), 'The age of the first release in days at which the gate ends'),
      }),
      defaultGates.freshAndBare,
    ),
    'Fires for a recent unranked project without a repository of its own and without a history',
  ),
  borrowedRepository: described(
    fact(defaultGates.borrowedRepository),
    'Fires for an unranked project that declares the repository of a popular project',
  ),
  newProject: described(
    v.optional(
      v.strictObject({
        ...factGate,
        days: described(v.optional(days, 30), 'The age of the first release in days at which the gate ends'),
      }),
      defaultGates.newProject,
    ),
    'Fires for an unranked project whose first release is recent',
  ),
  vulnerabilities: described(
    fact(defaultGates.vulnerabilities),
    'Fires for a release with a known vulnerability other than malware',
  ),
  yanked: described(fact(defaultGates.yanked), 'Fires for a yanked release (PEP 592)'),
  archivedProject: described(
    fact(defaultGates.archivedProject),
    'Fires for a project that its index calls archived or deprecated (PEP 792)',
  ),
  archivedRepository: described(
    fact(defaultGates.archivedRepository),
    'Fires for a project whose declared repository is archived',
  ),
  sdistOnly: described(fact(defaultGates.sdistOnly), 'Fires for a release without a wheel, which runs code to install'),
  missingRepository: described(fact(defaultGates.missingRepository), 'Fires for a project that declares no repository'),
  mismatchedRepository: described(
    fact(defaultGates.mismatchedRepository),
    'Fires for a project whose declared repository has another name',
  ),
  unattested: described(fact(defaultGates.unattested), 'Fires for a release without a publish attestation (PEP 740)'),
  own: described(v.optional(ownGates, []), 'Gates with conditions of your own'),
});
const gateList = v.pipe(
  ownGates,
  v.transform((own) => v.parse(builtInGates, { own })),
);

/** An object with the built-in gates, or a list of own gates. */
export const gates: v.GenericSchema<
  v.InferInput<typeof builtInGates> | v.InferInput<typeof gateList>,
  v.InferOutput<typeof builtInGates>
> = v.lazy((input) => {
  if (input === undefined) return v.union([builtInGates, gateList]);
  return Array.isArray(input) ? gateList : builtInGates;
});

/** What a policy can observe by name, without its own gates. */
export const observable = new Set([...Object.keys(defaultGates), 'newest', scoreName]);
