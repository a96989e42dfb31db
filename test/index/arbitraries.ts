import fc from 'fast-check';

const number = fc.oneof(
  { weight: 8, arbitrary: fc.nat(3).map(String) },
  { weight: 2, arbitrary: fc.nat(3000).map(String) },
  { weight: 1, arbitrary: fc.bigInt(0n, 10n ** 25n).map(String) },
  { weight: 1, arbitrary: fc.nat(9).map((digit) => `00${digit}`) },
);
const separator = fc.constantFrom('', '.', '-', '_');
const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | ''> =>
  fc.oneof({ weight: 2, arbitrary: fc.constant('' as const) }, { weight: 1, arbitrary });
const concatenate = (...parts: fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
  fc.tuple(...parts).map((texts) => texts.join(''));

const release = fc.array(number, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.'));
const pre = concatenate(
  separator,
  fc.constantFrom('a', 'b', 'rc', 'c', 'alpha', 'BETA', 'pre', 'preview'),
  separator,
  optional(number),
);
const post = fc.oneof(
  concatenate(separator, fc.constantFrom('post', 'rev', 'r'), separator, optional(number)),
  number.map((n) => `-${n}`),
);
const dev = concatenate(separator, fc.constantFrom('dev', 'DEV'), separator, optional(number));
const local = fc
  .array(fc.oneof(number, fc.constantFrom('ubuntu', 'abc', '1a', 'Z')), { minLength: 1, maxLength: 3 })
  .chain((parts) => fc.constantFrom('.', '-', '_').map((separatorText) => `+${parts.join(separatorText)}`));
const epoch = fc.oneof(
  { weight: 6, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: fc.constantFrom('0!', '1!', '2!') },
);

/** Versions in every spelling that PEP 440 allows. */
export const publicVersion = concatenate(epoch, release, optional(pre), optional(post), optional(dev));
export const version = concatenate(optional(fc.constant('v')), publicVersion, optional(local));
/** Versions with few distinct numbers, so that versions and specifiers often match. */
const plainRelease = fc.array(fc.nat(2).map(String), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('.'));
const plainPre = fc.tuple(fc.constantFrom('a', 'b', 'rc'), fc.nat(2)).map(([letter, n]) => `${letter}${n}`);
const plainPublic = concatenate(
  epoch,
  plainRelease,
  optional(plainPre),
  optional(fc.nat(1).map((n) => `.post${n}`)),
  optional(fc.nat(1).map((n) => `.dev${n}`)),
);
export const plainVersion = concatenate(plainPublic, optional(fc.constantFrom('+local', '+1', '+1.abc')));

/** Texts that differ from a version in a few characters. */
export const almostVersion = fc
  .tuple(version, fc.nat(30), fc.constantFrom('.', '-', '!', '+', 'x', ' ', '*', 'é', '..'))
  .map(([text, position, extra]) => text.slice(0, position) + extra + text.slice(position));

const clause = fc.oneof(
  fc.tuple(fc.constantFrom('>=', '<=', '>', '<'), plainPublic).map((parts) => parts.join('')),
  fc.tuple(fc.constantFrom('==', '!=', '==='), plainVersion).map((parts) => parts.join('')),
  fc.tuple(fc.constantFrom('==', '!='), epoch, plainRelease).map(([operator, e, r]) => `${operator}${e}${r}.*`),
  fc.tuple(epoch, plainRelease, optional(plainPre)).map(([e, r, p]) => `~=${e}${r}.1${p}`),
);
const whitespace = fc.constantFrom('', ' ', '  ');
export const specifier = fc
  .array(
    fc.tuple(whitespace, clause, whitespace).map((parts) => parts.join('')),
    { maxLength: 3 },
  )
  .map((clauses) => clauses.join(','));

const projectName = fc.stringMatching(/^[A-Za-z0-9]([A-Za-z0-9._-]{0,8}[A-Za-z0-9])?$/);
const versionVariable = fc.constantFrom('python_version', 'python_full_version', 'implementation_version');
const textVariable = fc.constantFrom(
  ...['os_name', 'sys_platform', 'platform_machine', 'platform_system', 'implementation_name', 'os.name'],
);
const quoted = (text: string): string => `"${text}"`;
const comparison = fc.oneof(
  fc
    .tuple(versionVariable, fc.constantFrom('>=', '<', '==', '!=', '<=', '>', '~='), plainRelease)
    .map(([variable, operator, text]) => `${variable} ${operator} ${quoted(`3.${text}`)}`),
  fc
    .tuple(fc.constantFrom('3.8', '3.11', '3.12'), fc.constantFrom('<=', '>', '=='), versionVariable)
    .map(([text, operator, variable]) => `${quoted(text)} ${operator} ${variable}`),
  fc
    .tuple(
      textVariable,
      fc.constantFrom('==', '!=', 'in', 'not in'),
      fc.constantFrom('linux', 'posix', 'x86_64 arm64', 'cpython', 'Linux'),
    )
    .map(([variable, operator, text]) => `${variable} ${operator} '${text}'`),
  fc.constantFrom("extra == 'test'", "extra == 'Some_Extra'", "extra != 'test'", "'linux' in sys_platform"),
);
export const marker = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3 },
    comparison,
    fc
      .tuple(tie('tree'), fc.constantFrom('and', 'or'), tie('tree'))
      .map(([a, separatorText, b]) => `${a} ${separatorText} ${b}`),
    tie('tree').map((inner) => `(${inner})`),
  ),
})).tree as fc.Arbitrary<string>;

export const requirement = fc
  .record({
    name: projectName,
    extras: fc.array(projectName, { maxLength: 2 }),
    specifier,
    brackets: fc.boolean(),
    url: fc.constantFrom(undefined, undefined, 'https://host.example/a-1.0.whl', 'git+https://host.example/x@v1'),
    marker: fc.option(marker, { nil: undefined }),
  })
  .map(({ name, extras, specifier, brackets, url, marker }) => {
    const subject = `${name}${extras.length > 0 ? `[${extras.join(', ')}]` : ''}`;
    const constraint = url === undefined ? (brackets ? ` (${specifier})` : specifier) : ` @ ${url}`;
    return `${subject}${constraint}${marker === undefined ? '' : ` ; ${marker}`}`;
  });
