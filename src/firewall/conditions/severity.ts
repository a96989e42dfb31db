import { type SeverityName, severities } from '../severities.ts';

/** Thrown by a comparison with a severity that no advisory contains. */
export class UnknownSeverity extends Error {
  constructor() {
    super('an advisory has no severity');
  }
}

/** A severity in a condition. It compares with texts in the order of `severities`. */
export class Severity {
  readonly name: SeverityName | undefined;

  constructor(name: SeverityName | undefined) {
    this.name = name;
  }

  toJSON(): string {
    return this.name ?? 'unknown';
  }

  /** Returns a negative number, 0 or a positive number. */
  compare(text: string): number {
    if (this.name === undefined) throw new UnknownSeverity();
    return severities.indexOf(this.name) - severities.indexOf(text as SeverityName);
  }
}
