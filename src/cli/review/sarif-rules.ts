import { type ProblemCode, problemCodes } from '../problem-codes.ts';

type Rule = {
  readonly meaning: string;
  /** Markdown. */
  readonly help: string;
  /**
   * From 0.1 to 10, from which code scanning shows low, medium, high or critical. Without one, the level of the result
   * counts.
   */
  readonly severity?: string | undefined;
};

const explain = 'Run `awspip explain NAME==VERSION` to see every fact behind the verdict.';
const check = 'Run `awspip vet` with the same requirements to see the cause and a hint.';

/** What to do about problems of releases, and how severe they are. */
const known: Readonly<Partial<Record<ProblemCode, Omit<Rule, 'meaning'>>>> = {
  blocked: {
    severity: '8.0',
    help: `${explain} Use the newest allowed version that the message names, or ask an approver to run \`awspip approve NAME==VERSION --reason "…"\`.`,
  },
  unvetted: {
    severity: '7.0',
    help: 'Vet the release with `awspip vet NAME==VERSION`, or remove it from the environment and find out what installed it.',
  },
  'digest-mismatch': {
    severity: '9.0',
    help: 'Install the release again in a new environment, and find out what changed its files.',
  },
  'on-hold': {
    severity: '5.0',
    help: `${explain} An approver decides with \`awspip approve\` or \`awspip deny\`.`,
  },
  'within-cooldown': {
    severity: '4.0',
    help: `${explain} The release is allowed when its cooldown ends. Use an older release until then.`,
  },
  'unknown-project': {
    severity: '5.0',
    help: 'Check the spelling. Someone else can register a name that no index has, and publish a package under it.',
  },
  'private-name': {
    severity: '5.0',
    help: 'Publish your own package in the vetted repository. awspip never searches a public index for such a name.',
  },
};

/** The rule of a release that is not allowed, where an older one is used. It is not about anything installed. */
const skipped: Rule = {
  meaning: 'policy does not allow the newest matching release, and an older one is used',
  help: `${explain} Nothing needs to be done.`,
};

/** Rules of installed packages that are no problems of an install. */
const installed = {
  malware: {
    meaning: 'an installed package is known malware',
    severity: '9.5',
    help: 'Remove the package, treat the machine and its credentials as compromised, and read the advisory on osv.dev.',
  },
  denied: {
    meaning: 'a person has denied an installed package',
    severity: '8.0',
    help: `${explain} Replace the package with an allowed version.`,
  },
  'changed-files': {
    meaning: 'the files of an installed package are not those that were vetted or installed',
    severity: '9.0',
    help: 'Find out what changed the files, and create the environment again from vetted packages.',
  },
} as const satisfies Readonly<Record<string, Rule>>;

export type SarifRule = ProblemCode | 'skipped' | keyof typeof installed;

/** The rules of SARIF logs: every kind of problem, and releases that were skipped. */
export const sarifRules: Readonly<Record<SarifRule, Rule>> = {
  ...Object.fromEntries(
    Object.entries(problemCodes).map(([code, { meaning }]) => [
      code,
      { meaning: meaning.replaceAll('`', ''), ...(known[code as ProblemCode] ?? { help: check }) },
    ]),
  ),
  ...installed,
  skipped,
} as Record<SarifRule, Rule>;
