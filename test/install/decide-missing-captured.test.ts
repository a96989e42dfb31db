import { describe, expect, test } from 'vitest';
import { parseRequirement } from '../../src/index/requirement.ts';
import type { TargetEnvironment } from '../../src/index/types.ts';
import { decideMissing, type Missing } from '../../src/install/decide-missing.ts';
import { type Capture, observedIn, readCaptures } from './captures.ts';

const captures = readCaptures();
const withMissing = captures.filter(({ missing }) => missing.length > 0);
const withoutMissing = captures.filter(({ missing }) => missing.length === 0);

function decide(capture: Capture, overrides: { environment?: TargetEnvironment } = {}): Missing {
  const run = { exitCode: capture.exit, interrupted: false, stderr: capture.stderr };
  return decideMissing({ run, observed: observedIn(capture), verb: capture.argv[0], ...overrides });
}

function named(decision: Missing): string[] {
  return decision.kind === 'missing' ? decision.requirements.map((text) => parseRequirement(text)?.name ?? text) : [];
}

const correct = (capture: Capture, names: readonly string[]) =>
  names.length > 0 && names.every((name) => capture.missing.includes(name));
const cases = (runs: readonly Capture[]) => [...new Set(runs.map((run) => run.case))].sort();
const label = ({ pip, case: name }: Capture) => `${pip} ${name}`;

describe('decideMissing over the captured runs of 20 pip versions', () => {
  test('all 2,334 runs are scored, 1,298 of them with something truly missing', () => {
    expect([captures.length, withMissing.length, withoutMissing.length]).toEqual([2334, 1298, 1036]);
  });

  test('names the missing projects in at least 1,230 of 1,298 runs', () => {
    const right = withMissing.filter((capture) => correct(capture, named(decide(capture))));
    expect(right.length).toBeGreaterThanOrEqual(1230);
  });

  test('never names a project that is not missing', () => {
    const wrong = captures.filter((capture) => named(decide(capture)).some((name) => !capture.missing.includes(name)));
    expect(wrong.map(label)).toEqual([]);
  });

  test('names no project only for conflicts, and vets the roots except for pip 20.3 with a constraint', () => {
    const unnamed = withMissing.filter((capture) => decide(capture).kind !== 'missing');
    const undecided = unnamed.filter((capture) => decide(capture).kind === 'none');
    expect(cases(unnamed)).toEqual([
      'conflict-missing-version',
      'conflict-range',
      'constraint-excludes',
      'constraint-transitive',
    ]);
    expect(undecided.map(label)).toEqual(['20.3.4 constraint-excludes', '20.3.4 constraint-transitive']);
  });

  test('requests nothing after a run that lacked nothing, except for conflicts, which have the same message', () => {
    const decidedToVet = withoutMissing.filter((capture) => decide(capture).kind !== 'none');
    expect(cases(decidedToVet)).toEqual(['conflict-real', 'conflict-user', 'constraint-conflict']);
    expect(new Set(decidedToVet.map((capture) => decide(capture).kind))).toEqual(new Set(['vet-roots']));
  });

  test('with a known interpreter names the same projects, and vets the roots only where no listed release fits', () => {
    const different = captures.filter((capture) => {
      const [without, with_] = [decide(capture), decide(capture, { environment: environmentOf(capture) })];
      return JSON.stringify(without) !== JSON.stringify(with_);
    });
    expect(cases(different)).toEqual([
      'platform-mismatch',
      'prerelease-only',
      'requires-python',
      'requires-python-version',
    ]);
  });
});

function environmentOf({ python }: Capture): TargetEnvironment {
  const [major, minor] = python.split('.');
  return {
    markers: {
      python_version: `${major}.${minor}`,
      python_full_version: python,
      implementation_name: 'cpython',
      implementation_version: python,
      platform_python_implementation: 'CPython',
      os_name: 'posix',
      sys_platform: 'linux',
      platform_system: 'Linux',
      platform_machine: 'x86_64',
      platform_release: '6.1.0',
      platform_version: '#1 SMP',
    },
    implementation: 'cpython',
    platform: 'linux_x86_64',
    libc: { name: 'glibc', version: '2.36' },
  };
}
